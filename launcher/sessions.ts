/** `./minilab sessions`: what the team has worked on so far, for people. */
import { parseControlState, READ_CONTROL } from "../agents/bus/redis-schema.ts";
import type { Message } from "../agents/protocol/message.ts";
import { type Cost, costLine } from "../client/cost.ts";
import { inert } from "../client/terminal-safe.ts";
import { costOfSession, pricesOfProject } from "./cost.ts";
import { SHAPES, withStore } from "./inspect.ts";
import { readMessages } from "./team/team-store.ts";

/** One line a session, oldest first, with its messages and what it has cost; `--json` is for programs. */
export async function sessions(args: string[], signal: AbortSignal): Promise<number> {
  return await withStore(signal, async (store) => {
    const control = parseControlState(await store.command(READ_CONTROL));
    const prices = pricesOfProject();
    const found = summarise(await readMessages(store, SHAPES), control?.session);
    const rows = await Promise.all(
      found.map(async (row) => ({ ...row, cost: await costOfSession(store, row.session, prices) })),
    );
    if (args.includes("--json")) console.log(JSON.stringify(rows));
    else for (const row of rows) console.log(inert(sessionLine(row)));
    return 0;
  });
}

type Session = { session: string; isCurrent: boolean; messages: Message[] };
type SessionRow = Session & { cost: Cost };

function summarise(messages: readonly Message[], current: string | undefined): Session[] {
  const groups = Map.groupBy(messages, ({ session }) => session);
  if (current !== undefined && !groups.has(current)) groups.set(current, []);
  return [...groups].map(([session, own]) => ({ session, isCurrent: session === current, messages: own }));
}

function sessionLine({ session, isCurrent, messages, cost }: SessionRow): string {
  const first = messages
    .find(({ sender }) => sender === "User")
    ?.content.split("\n")[0]
    ?.slice(0, 80);
  const turns = messages.flatMap(({ to }) => to).length;
  const parts = [`${messages.length} messages`, `${turns} turns`, costLine(cost)].filter(
    (part) => part !== "",
  );
  return `${session}${isCurrent ? " (current)" : ""}  ${parts.join(", ")}  ${first ?? ""}`;
}
