/** Plays short scripted missions with the product's own agents in a lab, with a fault in the midst of each, and records them. */
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError, isAppError } from "../../../agents/base/errors.ts";
import type { LiveEvent } from "../../../agents/bus/bus.ts";
import { newMessageId } from "../../../agents/protocol/message.ts";
import { OPERATOR, ROLES, type Role } from "../../../agents/protocol/roles.ts";
import { createRedactor } from "../../../agents/redact/redact.ts";
import { ours } from "../../../agents/redact/redacted.ts";
import { loadScenario } from "../../../lab/model/scenario.ts";
import { sessionLines } from "../../../launcher/recording/session-lines.ts";
import { writeRecordingFile } from "../../../launcher/recording/write-recording.ts";
import type { Child } from "../../../launcher/team/child.ts";
import { type EmptyStage, setEmptyStage } from "../../rig/stage.ts";
import { readTeamRecord } from "../../rig/team-record.ts";

export const MISSIONS = ["build", "refusals", "failures", "circles", "corrections"] as const;
/** What happens while a role is at its slow call: nothing, its process is killed or ended, STOP, a word of the operator. */
export const FAULTS = ["none", "kill", "restart", "stop", "word"] as const;
export type Planned = { mission: (typeof MISSIONS)[number]; fault: (typeof FAULTS)[number] };
export type Recorded = Planned & { file: string };

/** For one mission. */
const LIMIT_MS = 120_000;
const REDACT = createRedactor([]);

/** One session after the other, each into a file of its own in `directory`. */
export async function record(
  plan: readonly Planned[],
  { directory, signal }: { directory: string; signal: AbortSignal },
): Promise<Recorded[]> {
  await using stack = new AsyncDisposableStack();
  const scenario = loadScenario(join(import.meta.dirname, "missions.yaml"));
  const stage = await setEmptyStage({ directory, scenario, signal, beforeAnswer: async () => {} }, stack);
  const crew = new Map(ROLES.map((role) => [role, stage.startAgent(role)]));
  const recorded: Recorded[] = [];
  for (const [index, planned] of plan.entries()) {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
    const session = await play(stage, { crew, planned, isFirst: index === 0, signal: limit });
    const file = join(directory, `${index}-${planned.mission}-${planned.fault}.jsonl`);
    await writeRecordingFile(sessionLines(stage.store, { session, redactor: REDACT }), file, { signal });
    recorded.push({ ...planned, file });
  }
  return recorded;
}

type Play = { crew: Map<Role, Child>; planned: Planned; isFirst: boolean; signal: AbortSignal };

/** Resolves with its session, when every turn of it has ended. */
async function play(stage: EmptyStage, { crew, planned, isFirst, signal }: Play): Promise<string> {
  const { bus } = stage;
  if (!isFirst) await bus.command("CLEAR", { signal });
  const slow = Promise.withResolvers<Role>();
  const unwatch = bus.watch((event) => {
    const role = slowRole(planned, event);
    if (role) slow.resolve(role);
  });
  try {
    const { session } = await say(stage, `${planned.mission}: please`, { to: "Architect_Zero", signal });
    if (planned.fault !== "none") {
      const role = await Promise.race([slow.promise, over(signal)]);
      await hit(stage, { fault: planned.fault, role, crew, signal });
    }
    await untilQuiet(stage, signal);
    return session;
  } finally {
    unwatch();
  }
}

/** Who has begun what takes its time. */
function slowRole({ mission }: Planned, event: LiveEvent): Role | undefined {
  if (event.kind !== "activity" || event.role === "Architect_Zero") return undefined;
  if (mission === "circles") return event.state === "thinking" ? event.role : undefined;
  return event.state === "tool" && event.detail.includes("sleep") ? event.role : undefined;
}

type Hit = Omit<Play, "planned" | "isFirst"> & { fault: Planned["fault"]; role: Role };

async function hit(stage: EmptyStage, { fault, role, crew, signal }: Hit): Promise<void> {
  await sleep(100, undefined, { signal }); // well inside of it
  if (fault === "stop") await stage.bus.command("STOP", { signal });
  if (fault === "word") await say(stage, "corrections come later: hurry", { to: role, signal });
  const child = crew.get(role);
  if (!child || (fault !== "kill" && fault !== "restart")) return;
  if (fault === "restart") await child.stop();
  else process.kill(child.pid ?? 0, "SIGKILL");
  await child.ended;
  crew.set(role, stage.startAgent(role));
}

async function say(stage: EmptyStage, text: string, { to, signal }: { to: Role; signal: AbortSignal }) {
  const draft = { id: newMessageId(OPERATOR), sender: OPERATOR, to: [to], content: ours(text) } as const;
  for (;;) {
    try {
      return await stage.bus.send({ ...draft, to: [to] }, { signal });
    } catch (error) {
      if (!isAppError(error, "unavailable")) throw error;
      await sleep(50, undefined, { signal }); // still connecting
    }
  }
}

/** Every message has had its turn, seen twice: one may be said between the messages and the turns. */
async function untilQuiet({ store }: EmptyStage, signal: AbortSignal): Promise<void> {
  for (let quiet = 0; quiet < 2; ) {
    signal.throwIfAborted();
    const { sent, ended } = await readTeamRecord(store);
    quiet = sent > 0 && sent === ended ? quiet + 1 : 0;
    await sleep(100, undefined, { signal });
  }
}

async function over(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, "abort");
  throw new AppError("unavailable", "nobody came to the slow call in time", { cause: signal.reason });
}
