/** The row above the prompt: what is wrong, what is not sent, who does what, for whom the team waits, what it has cost. */
import type { Conversation } from "./conversation.ts";

/** `now` in milliseconds since the epoch; "" when there is nothing to tell. */
export function statusRow(
  conversation: Conversation,
  { unsent, now }: { unsent: number; now: number },
): string {
  const { connection, control, meter, team, troubles } = conversation;
  const atWork = team.statusLine(now);
  const parts = [
    connection === "down" ? "Redis is away" : "",
    unsent > 0 ? `${unsent} not sent yet` : "",
    control?.state === "stopped" ? "stopped" : "",
    ...Object.keys(troubles).map((part) => `${part} does not run`),
    atWork,
    atWork === "" && control?.state === "running" ? whoIsAwaited(conversation) : "",
    meter.line,
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

function whoIsAwaited({ floor }: Conversation): string {
  if (floor.signal === "awaiting") return "the team awaits your answer";
  return floor.signal === "done" ? "done" : "";
}
