/** Sends the operator's request and follows the team until it has come to an end, of whatever kind. */

import { setTimeout as delay } from "node:timers/promises";
import { isAppError } from "../../agents/base/errors.ts";
import type { Draft, LiveEvent } from "../../agents/bus/bus.ts";
import { newMessageId } from "../../agents/protocol/message.ts";
import { COORDINATOR, OPERATOR } from "../../agents/protocol/roles.ts";
import { ours } from "../../agents/redact/redacted.ts";
import type { ChildEnd } from "../../launcher/team/child.ts";
import type { Stage } from "./stage.ts";
import { readTeamRecord } from "./team-record.ts";

/** How the team came to an end. Only `done` is what a rehearsal is for; `reason` says what else it was. */
export type Ending = { kind: "done" } | { kind: "other"; reason: string };

/** `role`: or whatever else ends it. */
export type FollowedTeam = Pick<Stage, "bus" | "store"> & {
  agentEnded: Promise<{ role: string } & ChildEnd>;
};

/**
 * `tell` gets each thing that happens. `signal` is the operator's or the time limit. Without a request
 * somebody else plays the operator.
 */
export async function follow(
  team: FollowedTeam,
  request: string | undefined,
  { signal, tell }: { signal: AbortSignal; tell(event: LiveEvent): void },
): Promise<Ending> {
  const { bus, agentEnded } = team;
  const { promise, resolve } = Promise.withResolvers<Ending>();
  const endWith = (reason: string) => resolve({ kind: "other", reason });
  const unwatch = bus.watch((event) => {
    tell(event);
    const ending = endingOf(event);
    if (ending) resolve(ending);
    if (event.kind === "activity" && event.state === "idle") void endIfIdle(team, endWith);
  });
  signal.addEventListener("abort", () => endWith(stopReason(signal)), { once: true });
  agentEnded.then(
    ({ role, exitCode, signalName }) =>
      endWith(`${role} ended by itself (${signalName ?? `exit code ${exitCode}`})`),
    (error) => endWith(`an agent could not be started: ${error}`),
  );
  try {
    if (request !== undefined) await sendRequest(team, request, signal);
    return await promise;
  } finally {
    unwatch();
  }
}

function stopReason({ reason }: AbortSignal): string {
  return reason instanceof DOMException && reason.name === "TimeoutError"
    ? "the time is over"
    : "interrupted";
}

function endingOf(event: LiveEvent): Ending | undefined {
  if (event.kind !== "message" || event.sender !== COORDINATOR || !event.signal) return undefined;
  if (event.signal === "done") return { kind: "done" };
  return { kind: "other", reason: `${COORDINATOR} waits for the operator` };
}

/** Every turn has ended, and nobody said that it is done: nothing will happen any more. */
async function endIfIdle({ store }: FollowedTeam, endWith: (reason: string) => void): Promise<void> {
  try {
    const [first, second] = [await readTeamRecord(store), await readTeamRecord(store)];
    // read twice: a message may be said between the reading of the messages and that of the turns
    const isOver = [first, second].every(({ sent, ended }) => sent > 0 && ended === sent);
    if (isOver && first.sent === second.sent)
      endWith("all turns have ended, and nobody said that it is done");
  } catch (error) {
    if (!isAppError(error, "unavailable")) throw error; // asked again at the next idle moment
  }
}

async function sendRequest({ bus }: FollowedTeam, content: string, signal: AbortSignal): Promise<void> {
  const draft: Draft = {
    id: newMessageId(OPERATOR),
    sender: OPERATOR,
    to: [COORDINATOR],
    content: ours(content),
  };
  for (;;) {
    try {
      return void (await bus.send(draft, { signal }));
    } catch (error) {
      if (!isAppError(error, "unavailable")) throw error;
      await delay(50, undefined, { signal }); // still connecting
    }
  }
}
