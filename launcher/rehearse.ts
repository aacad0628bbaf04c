/** `./minilab rehearse`: the whole team against the simulated cluster with the scripted model, judged by state. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { AppError } from "../agents/base/errors.ts";
import type { Role } from "../agents/protocol/roles.ts";
import { addTokens, NO_TOKENS, type Tokens } from "../agents/protocol/spending.ts";
import type { Lab } from "../lab/lab.ts";
import { approveChanges } from "../test/rig/approve.ts";
import { follow } from "../test/rig/follow.ts";
import { judge, judgeStart } from "../test/rig/judge.ts";
import { judgeLedger } from "../test/rig/judge-ledger.ts";
import { createTeller, type Report, summarise, toRow } from "../test/rig/report.ts";
import { createSshLogin } from "../test/rig/ssh-login.ts";
import { type Stage, setStage } from "../test/rig/stage.ts";
import { readSpending, readTeamRecord } from "../test/rig/team-record.ts";
import { parseOptions, type RehearsalOptions } from "./rehearsal-options.ts";
import { type Child, type ChildEnd, startChild } from "./team/child.ts";
import { addressOf } from "./team/redis.ts";

/** So often a job may need the operator. */
const MAX_ASKED = 5;

/** Exit code 0 only when the cluster and the records are what the scenario expects. */
export async function rehearse(args: string[], signal: AbortSignal): Promise<number> {
  const options = parseOptions(args);
  const directory = mkdtempSync(join(tmpdir(), "minilab-rehearsal-"));
  let isOk = false;
  try {
    const report = await perform(options, directory, signal);
    isOk = report.failures.length === 0;
    process[options.json ? "stderr" : "stdout"].write(`${summarise(report)}\n`);
    if (options.json) console.log(JSON.stringify(report));
    return isOk ? 0 : 1;
  } catch (error) {
    throw signal.aborted
      ? new AppError("cancelled", "the rehearsal was interrupted", { cause: error })
      : error;
  } finally {
    if (isOk && !options.keep) rmSync(directory, { recursive: true, force: true });
    else process.stderr.write(`  kept in   ${directory} (logs, docs, generated_iac, lab)\n`);
  }
}

async function perform(options: RehearsalOptions, directory: string, signal: AbortSignal): Promise<Report> {
  const { scenario, profile, approval } = options;
  await using stack = new AsyncDisposableStack();
  const beforeAnswer = options.breaksGuest ? createSaboteur() : async () => {};
  // a program in the operator's place knows the original's wire format and no more
  const mode = options.operator === undefined ? "strict" : "compat";
  const stage = await setStage(
    { directory, mode, scenario, profile, settings: { APPROVAL: approval }, beforeAnswer, signal },
    stack,
  );
  const { lab, model, store } = stage;
  const ssh = createSshLogin({ directory, privateKeyFile: lab.privateKeyFile, signal });
  const scene = { expect: scenario.expect, lab, ssh, before: (await lab.state()).guests };
  const premature = await judgeStart(scene);
  const began = performance.now();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]);
  const tell = createTeller((line) => process.stderr.write(`${line}\n`));
  const approver = approveChanges(stage.bus, { atMost: MAX_ASKED, signal: limit });
  stack.defer(async () => approver.stop());
  const operator = options.operator && startOperator(options.operator, stage, scenario.request);
  if (operator) stack.defer(operator.stop);
  const request = operator ? undefined : scenario.request;
  const ending = await follow(stage, request, { signal: limit, tell });
  const operatorEnd = operator && (await Promise.race([operator.ended, stopped(limit)]));
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const record = await readTeamRecord(store);
  const calls = model.requests();
  const spending = await readSpending(store);
  const judged = signal.aborted ? [] : await judge({ ...scene, record, calls }); // interrupted: the lab is closing
  return {
    done: ending.kind === "done",
    guests: (await lab.state()).guests.map(toRow),
    ansible: record.recaps,
    messages: { sent: record.sent, handled: record.handled },
    modelCalls: calls.total,
    refusedRequests: model.refused.map(({ rule }) => rule),
    toolCalls: record.toolCalls,
    tokens: spending.reduce<Tokens>(addTokens, NO_TOKENS),
    seconds,
    asked: approver.asked,
    failures: [
      ...premature,
      ...(ending.kind === "done" ? [] : [ending.reason]),
      ...(operatorEnd && operatorEnd.exitCode !== 0 ? ["the operator's program did not see it done"] : []),
      ...judged,
      ...(ending.kind === "done" ? judgeLedger(spending, model.billed()) : []),
    ],
  };
}

/** A program of the user's in the operator's place; its words are in operator.log. */
function startOperator(program: string, { directory, access }: Stage, request: string): Child {
  return startChild({
    argv: [resolve(program)],
    cwd: directory,
    env: { PATH: process.env["PATH"], REDIS_URL: addressOf(access) },
    output: join(directory, "operator.log"),
    input: request,
  });
}

async function stopped(signal: AbortSignal): Promise<ChildEnd> {
  if (!signal.aborted) await once(signal, "abort");
  return { exitCode: null, signalName: null };
}

/** Destroys the guests that the team has made, before QA_Tester gets to look: then a rehearsal has to fail. */
function createSaboteur(): (lab: Lab, role: Role) => Promise<void> {
  let isDone = false;
  return async (lab, role) => {
    if (role !== "QA_Tester" || isDone) return;
    isDone = true;
    for (const { vmid, node, template } of (await lab.state()).guests) {
      if (template) continue;
      await lab.exec(node, ["qm", "stop", String(vmid)]);
      await lab.exec(node, ["qm", "destroy", String(vmid)]);
    }
  };
}
