/**
 * `run_ssh` against a node that hangs, in each phase, ended by STOP or by its time limit: how long the tool waits on, and
 * whether the connection that hung is thrown away and what was left on the node is ended once the node answers again.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Calls } from "../../../agents/host/commands/call.ts";
import { turnIdOf } from "../../../agents/host/commands/call-id.ts";
import { createNodePool } from "../../../agents/host/nodes/node-pool.ts";
import type { NodePool } from "../../../agents/host/nodes/ssh.ts";
import { createRedactor } from "../../../agents/redact/redact.ts";
import { makeKey } from "../../../agents/testing/ssh-server.ts";
import { runSsh } from "../../../agents/tools/run-ssh.ts";
import type { ToolContext } from "../../../agents/tools/tool.ts";
import { median, rounded } from "../../rig/measure.ts";
import { HungNode, PHASES, type Phase } from "./hung-node.ts";
import { countSleepers } from "./traces.ts";

const LIMIT_S = 1;
const TRIES = 5;
const WAYS = ["stop", "limit"] as const;
type Way = (typeof WAYS)[number];

/** `isMended`: afterwards the node is reached anew, and nothing of the call is left there. */
export type HungTrial = { lateMs: number; isMended: boolean };
export type HungTrials = ReadonlyMap<Phase, Readonly<Record<Way, readonly HungTrial[]>>>;

/** `count` of each way in each phase; the phases side by side. */
export async function tryHungNodes(count: number, signal: AbortSignal): Promise<HungTrials> {
  const rows = PHASES.map(async (phase) => {
    const stop = await tryPhase({ phase, way: "stop", count }, signal);
    return [phase, { stop, limit: await tryPhase({ phase, way: "limit", count }, signal) }] as const;
  });
  return new Map(await Promise.all(rows));
}

type Series = { phase: Phase; way: Way; count: number };

async function tryPhase({ phase, way, count }: Series, signal: AbortSignal): Promise<HungTrial[]> {
  const directory = await mkdtemp(join(tmpdir(), "minilab-hung-"));
  const node = await HungNode.start();
  const pool = await poolOf(node, directory);
  try {
    const trials: HungTrial[] = [];
    while (trials.length < count) {
      signal.throwIfAborted();
      trials.push(await tryOnce({ node, pool, directory, phase, way, number: trials.length }));
    }
    return trials;
  } finally {
    await pool.close();
    await node.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function poolOf(node: HungNode, directory: string): Promise<NodePool> {
  return createNodePool({
    ...{ nodes: [node.address], user: "root", privateKey: (await makeKey()).private },
    ...{ knownNodesFile: join(directory, "known_nodes"), onNotice: () => {}, redactor: createRedactor([]) },
    artifacts: { directory, visibleDirectory: "/app/docs/tool_output" },
  });
}

type Scene = { node: HungNode; pool: NodePool; directory: string; phase: Phase; way: Way; number: number };

async function tryOnce({ node, pool, directory, phase, way, number }: Scene): Promise<HungTrial> {
  const calls = new Calls({
    directory: join(directory, "calls"),
    permit: () => {},
    local: [],
    endOnHost: (host, id) => pool.end(host, id),
  });
  const stop = new AbortController();
  const call = calls.open(turnIdOf("bench", `${phase} ${way}`), `${number}`, stop.signal);
  const mark = `600.${process.pid}${PHASES.indexOf(phase)}${WAYS.indexOf(way)}${number}`;
  const input = {
    host: "pve1",
    command: `echo working; sleep ${mark}`,
    timeout_s: way === "limit" ? LIMIT_S : 600,
  };
  const context = { nodes: pool, redactor: createRedactor([]), call } as Partial<ToolContext> as ToolContext;
  if (isPooled(phase)) await pool.pin("pve1", { signal: stop.signal });
  else pool.disconnect();
  const reached = node.hangIn(phase);
  let since = performance.now() + 1_000 * LIMIT_S;
  const ended = runSsh.run(runSsh.input.parse(input), context).catch((error: unknown) => error);
  await reached;
  if (way === "stop") since = performance.now();
  if (way === "stop") stop.abort();
  await ended;
  const lateMs = performance.now() - since;
  node.heal();
  const isEnded = await again(async () => (await call.end()).length === 0);
  const isReached = await again(() => pool.end("pve1", call.id));
  return { lateMs, isMended: isEnded && isReached && countSleepers(mark) === 0 };
}

/** As the agent does, which tries every five seconds: a busy machine may not answer within one second. */
async function again(attempt: () => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries++) if (await attempt()) return true;
  return false;
}

/** The node begins to hang behind a connection that has been used before. */
function isPooled(phase: Phase): boolean {
  return PHASES.indexOf(phase) >= PHASES.indexOf("channel");
}

/** By phase: how late each way was, and how many trials left nothing. */
export function hungFigures(trials: HungTrials) {
  const rows = [...trials].map(([phase, ways]) => [phase, figuresOf(ways)] as const);
  return Object.fromEntries(rows);
}

function figuresOf({ stop, limit }: Readonly<Record<Way, readonly HungTrial[]>>) {
  const all = [...stop, ...limit];
  const late = (some: readonly HungTrial[]) => some.map(({ lateMs }) => lateMs);
  return {
    ...{ stop_p50_ms: rounded(median(late(stop))), stop_max_ms: rounded(Math.max(...late(stop))) },
    ...{ limit_p50_ms: rounded(median(late(limit))), limit_max_ms: rounded(Math.max(...late(limit))) },
    ...{ trials: all.length, mended: all.filter(({ isMended }) => isMended).length },
  };
}
