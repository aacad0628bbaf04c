/** A whole rehearsal, as a program of its own, against the scripted model behind a profile of a server. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parseJson } from "../../../agents/protocol/message.ts";
import { loadProfile } from "../../../lab/model/profile.ts";
import { PROJECT_DIR } from "../../../launcher/team/project.ts";
import type { Outcome } from "../../rig/benchmark.ts";
import type { Report } from "../../rig/report.ts";

/** Ok when the cluster is what the scenario expects and no rule was broken twice: what was refused once is remembered. */
export async function rehearseProfile(name: string, signal: AbortSignal): Promise<Outcome> {
  loadProfile(name); // a name that there is none of is one clear line
  const args = [join(PROJECT_DIR, "launcher/main.ts"), "rehearse", "--json", "--profile", name];
  const rehearsal = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], signal });
  const [said] = await Promise.all([text(rehearsal.stdout), once(rehearsal, "exit")]);
  const report = parseJson(said.trimEnd().split("\n").at(-1) ?? "") as Report | undefined;
  return judgeRehearsal(name, report);
}

/** Each of the four roles has a process of its own, which may meet a refusal once. */
export function judgeRehearsal(name: string, report: Report | undefined): Outcome {
  const refused = report?.refusedRequests ?? [];
  const failures = report?.failures ?? ["it ended without a report"];
  const figures = {
    profile: name,
    model_calls: report?.modelCalls ?? 0,
    refused: refused.length,
    failures: failures.length,
    ...(failures[0] && { failure: failures[0].slice(0, 300) }),
  };
  const counts = Map.groupBy(refused, (rule) => rule);
  const isLearned = [...counts.values()].every((times) => times.length <= 4);
  return { ok: failures.length === 0 && isLearned, figures };
}
