/** Each way in which a call ends, over a real shell, a real run folder and a real node: nothing of it is left. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Call } from "../host/commands/call.ts";
import { Calls } from "../host/commands/call.ts";
import { callIdOf, turnIdOf } from "../host/commands/call-id.ts";
import { type InfraBench, running, startInfraBench } from "../testing/infra-bench.ts";
import { makeRunFolder, openRuns, removeRunFolder, runFolder } from "./run-folder.ts";
import { runShell } from "./run-shell.ts";
import { runSsh } from "./run-ssh.ts";
import type { ToolContext } from "./tool.ts";

const HERE = `sleep 615.${process.pid}`;
const THERE = `sleep 616.${process.pid}`;
const TURN = turnIdOf("DevOps_Builder", "the message");

let bench: InfraBench;
let directory: string;
let mayAct: boolean;
let context: ToolContext;
beforeEach(async () => {
  bench = await startInfraBench();
  directory = join(bench.real("/tmp/app"), "../../calls");
  mayAct = true;
  context = bench.context();
});
afterEach(() => bench.close());

/** As the agent has them; `nodes` may be those of another life. */
function newCalls({ processes, nodes, workspace } = context): Calls {
  return new Calls({
    directory,
    permit: () => {
      if (!mayAct) throw new Error("another replica has taken over");
    },
    local: [
      (id) => processes.end(id),
      (id) => removeRunFolder({ workspace, terraform: context.terraform }, id),
    ],
    endOnHost: (host, id) => nodes.end(host, id),
  });
}

const inputOf = (command: string, timeout_s: number) =>
  ({ shell: { command, timeout_s }, ssh: { command, timeout_s, host: "pve1" } }) as const;

/** A shell here, a run folder and a command on the node, all of one call; resolves when all are there. */
async function begin(call: Call, timeout_s = 600) {
  const own = { ...context, call };
  await makeRunFolder(openRuns(own), call, { "plan.json": "secret" });
  const ended = Promise.allSettled([
    runShell.run(runShell.input.parse(inputOf(HERE, timeout_s).shell), own),
    runSsh.run(runSsh.input.parse(inputOf(THERE, timeout_s).ssh), own),
  ]);
  await expect.poll(() => running(HERE).length * running(THERE).length, { timeout: 25_000 }).toBe(1);
  return { ended };
}

function left({ id }: Pick<Call, "id">): string[] {
  const folder = runFolder(openRuns(context), id).real;
  return [...running(HERE), ...running(THERE), ...[folder].filter(existsSync), ...readdirSync(directory)];
}

const never = new AbortController().signal;

test("after its time limit", async () => {
  const call = newCalls().open(TURN, "limit", never);
  await (await begin(call, 2)).ended;
  expect(await call.end()).toEqual([]);
  expect(left(call)).toEqual([]);
});

test("after STOP", async () => {
  const stop = new AbortController();
  const call = newCalls().open(TURN, "stop", stop.signal);
  const { ended } = await begin(call);
  stop.abort();
  await ended;
  expect(await call.end()).toEqual([]);
  expect(left(call)).toEqual([]);
});

test("by the next life, when the agent died and its turn was stopped: here and on every host", async () => {
  const call = newCalls().open(TURN, "dead", never);
  await begin(call);
  await newCalls().endTurn(turnIdOf("DevOps_Builder", "another message"));
  expect(running(HERE).length * running(THERE).length).toBe(1);
  await newCalls().endTurn(TURN);
  expect(left(call)).toEqual([]);
});

test("by adoption, under the same name", async () => {
  await begin(newCalls().open(TURN, "adopted", never));
  const call = newCalls().open(TURN, "adopted", never);
  const input = runSsh.input.parse(inputOf(THERE, 600).ssh);
  expect(await runSsh.adopt?.(input, { ...context, call })).toMatchObject({ kind: "unknown" });
  await call.end();
  expect(left(call)).toEqual([]);
});

test("of a connection that broke: the command on the node is ended though the agent lives", async () => {
  const call = newCalls().open(TURN, "lost", never);
  const result = runSsh.run(runSsh.input.parse(inputOf(THERE, 600).ssh), { ...context, call });
  await expect.poll(() => running(THERE).length, { timeout: 25_000 }).toBe(1);
  bench.node.drop();
  expect(await result).toMatchObject({ kind: "unknown" });
  expect(running(THERE)).toEqual([]);
  await call.end();
  expect(left(call)).toEqual([]);
});

test("not yet, when a host does not confirm it: the call is kept, and the next life tries again", async () => {
  const call = newCalls().open(TURN, "unconfirmed", never);
  call.touch("pve1");
  const away = { ...context, nodes: { ...context.nodes, end: async () => false } };
  await newCalls(away).endTurn(TURN);
  expect(readdirSync(directory)).toEqual([call.id]);
  expect(call.id).toBe(callIdOf(TURN, "unconfirmed"));
  await newCalls().endTurn(TURN);
  expect(readdirSync(directory)).toEqual([]);
});

test("never by a replica that was succeeded", async () => {
  const call = newCalls().open(TURN, "succeeded", never);
  call.touch("pve1");
  mayAct = false;
  await call.end();
  await newCalls().endTurn(TURN);
  expect(readdirSync(directory)).toEqual([call.id]);
});
