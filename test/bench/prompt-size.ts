/**
 * `./minilab bench prompt-size [--against DIR]`: what a rehearsal's model is sent, counted at its server: all characters
 * of each request's messages and of its schemas of tools, as JSON, by four, summed over the requests of all roles. What
 * is asked again to find out whether a server cuts prompts, which a count of tokens can set off by chance, stands apart.
 * Beside it what an earlier version sent for the same scenario: as it was recorded, or counted now in a checkout of it.
 */
import { once } from "node:events";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ROLES, type Role } from "../../agents/protocol/roles.ts";
import { PROJECT_DIR } from "../../launcher/team/project.ts";
import type { Outcome } from "../rig/benchmark.ts";
import { readOptions } from "../rig/options.ts";
import { type Rehearser, rehearserOf } from "./against/rehearsal.ts";

const SCENARIO = "lab/scenarios/rehearsal.yaml";
const RECORDER = join(PROJECT_DIR, "test/bench/prompt-size/record-requests.ts");
const CHARS_A_TOKEN = 4;
const LIMIT = 0.75;

/** The earlier version had no gate: what is asked before a change is not compared. */
const UNASKED = ["--approval", "advise"];

/** Commit 60652a0 with today's scenario: what `--against` printed for a checkout of it, three times the same. */
export const EARLIER = { requests: 22, tokens: 68_928 };

/** How a request that only measures begins to differ. */
const PROBE = "This line only measures how much is read.";

type Parts = { requests: number; tools: number; system: number; rest: number };
export type Sent = { requests: number; tokens: number; probes: number; roles: Record<Role, Parts> };

export async function run(args: string[], signal: AbortSignal): Promise<Outcome> {
  const { against } = readOptions(args, { against: "" });
  await using stack = new AsyncDisposableStack();
  const ours = await countRehearsal(rehearserOf(PROJECT_DIR, stack, UNASKED), signal);
  if (!against) return judge(ours, EARLIER);
  const theirs = rehearserOf(against, stack);
  cpSync(join(PROJECT_DIR, SCENARIO), join(theirs.directory, SCENARIO));
  return judge(ours, await countRehearsal(theirs, signal));
}

async function countRehearsal({ directory, start }: Rehearser, signal: AbortSignal): Promise<Sent> {
  const rehearsal = start(signal, RECORDER);
  await once(rehearsal, "exit");
  if (rehearsal.exitCode !== 0) throw new Error(`the rehearsal of ${directory} failed`);
  return count(readFileSync(join(directory, "requests.jsonl"), "utf8"));
}

const request = z.object({
  messages: z.array(z.looseObject({ content: z.string().nullish() })).min(1),
  tools: z.array(z.unknown()).default([]),
});

/** `lines` are the bodies of requests, one a line. */
export function count(lines: string): Sent {
  const parts = (): Parts => ({ requests: 0, tools: 0, system: 0, rest: 0 });
  const roles = Object.fromEntries(ROLES.map((role) => [role, parts()])) as Record<Role, Parts>;
  const all = lines.trim().split("\n");
  const asked = all.filter((line) => !line.includes(PROBE));
  for (const line of asked) {
    const { messages, tools } = request.parse(JSON.parse(line));
    const system = JSON.stringify(messages[0]).length;
    const of = roles[roleOf(messages[0]?.content)];
    of.requests += 1;
    of.tools += JSON.stringify(tools).length;
    of.system += system;
    of.rest += JSON.stringify(messages).length - system;
  }
  const counted = Object.values(roles);
  const chars = counted.reduce((sum, { tools, system, rest }) => sum + tools + system + rest, 0);
  return {
    requests: asked.length,
    probes: all.length - asked.length,
    tokens: Math.round(chars / CHARS_A_TOKEN),
    roles,
  };
}

function roleOf(system: string | null | undefined): Role {
  const role = ROLES.find((one) => system?.startsWith(`You are ${one}`));
  if (!role) throw new Error("a request of nobody");
  return role;
}

export function judge(ours: Sent, earlier: Pick<Sent, "requests" | "tokens">): Outcome {
  const ratio = Math.round((ours.tokens / earlier.tokens) * 1_000) / 1_000;
  const { requests, tokens, probes, roles } = ours;
  return {
    ok: ratio <= LIMIT && requests === earlier.requests,
    figures: { tokens, earlier_tokens: earlier.tokens, ratio, requests, probes, ...roles },
  };
}
