/** `./minilab turn ID` and `./minilab sessions`: what a team has recorded, for people. */
import { once } from "node:events";
import { AppError } from "../agents/base/errors.ts";
import { parseControlState, READ_CONTROL } from "../agents/bus/redis-schema.ts";
import { RedisStore } from "../agents/bus/redis-store.ts";
import { type Message, parseJson } from "../agents/protocol/message.ts";
import { createRedactor } from "../agents/redact/redact.ts";
import { inert } from "../client/terminal-safe.ts";
import { addressOf } from "./team/redis.ts";
import { accessToTeam } from "./team/running-team.ts";
import { readMessages, readTurn, type Turn } from "./team/team-store.ts";

/** What the agents knew is out of it already. */
const SHAPES = createRedactor([]);

/** The journals of the turns about a message, by the beginning of its id (or of its text). */
export async function turn([wanted = ""]: string[], signal: AbortSignal): Promise<number> {
  if (wanted === "") throw new AppError("bad_arguments", "usage: ./minilab turn MESSAGE-ID");
  return await withStore(signal, async (store) => {
    const found = (await readMessages(store, SHAPES)).filter(({ id }) => id.startsWith(wanted));
    if (found.length === 0)
      throw new AppError("not_found", `no message has an id that begins with ${wanted}`);
    for (const message of found) {
      console.log(inert(describeMessage(message)));
      for (const role of message.to) {
        console.log(inert(`${role}\n${describeTurn(await readTurn(store, role, message.id))}`));
      }
    }
    return 0;
  });
}

/** One line a session, oldest first, with its messages; `--json` is for programs. */
export async function sessions(args: string[], signal: AbortSignal): Promise<number> {
  return await withStore(signal, async (store) => {
    const control = parseControlState(await store.command(READ_CONTROL));
    const rows = summarise(await readMessages(store, SHAPES), control?.session);
    if (args.includes("--json")) console.log(JSON.stringify(rows));
    else for (const row of rows) console.log(inert(sessionLine(row)));
    return 0;
  });
}

type Session = { session: string; isCurrent: boolean; messages: Message[] };

function summarise(messages: readonly Message[], current: string | undefined): Session[] {
  const groups = Map.groupBy(messages, ({ session }) => session);
  if (current !== undefined && !groups.has(current)) groups.set(current, []);
  return [...groups].map(([session, own]) => ({ session, isCurrent: session === current, messages: own }));
}

function sessionLine({ session, isCurrent, messages }: Session): string {
  const first = messages
    .find(({ sender }) => sender === "User")
    ?.content.split("\n")[0]
    ?.slice(0, 80);
  const turns = messages.flatMap(({ to }) => to).length;
  return `${session}${isCurrent ? " (current)" : ""}  ${messages.length} messages, ${turns} turns  ${first ?? ""}`;
}

function describeMessage({ id, sender, to, timestamp, session, content }: Message): string {
  return `${id}\n${timestamp}, session ${session}, ${sender} to ${to.join(", ") || "nobody"}:\n${indent(content)}\n`;
}

/** In the order in which it happened: reply, then each call's intention and outcome. */
function describeTurn(turn: Turn): string {
  if (turn.size === 0) return indent("not begun");
  const steps = [...turn].filter(([key]) => key.includes(":")).sort(([a], [b]) => placeOf(a) - placeOf(b));
  const end = ["status", "cause", "endedAt"].flatMap((key) =>
    turn.has(key) ? [`${key} ${turn.get(key)}`] : [],
  );
  return indent([...steps.map(describeEntry), end.join(", ") || "not ended"].join("\n"));
}

function describeEntry([key, json]: [string, string]): string {
  const value = (parseJson(json) ?? {}) as Record<string, unknown>;
  if (key.startsWith("reply:")) {
    const calls = (value["calls"] as { tool: string; args: unknown }[]) ?? [];
    return `${key}  ${calls.map(({ tool, args }) => `${tool} ${JSON.stringify(args)}`).join("; ") || value["text"]}`;
  }
  if (key.startsWith("intent:")) return `${key}  ${value["tool"]} ${value["target"]}`;
  return `${key}  ${value["kind"]}, exit ${value["exitCode"] ?? "none"}\n${indent(String(value["stdout"] ?? ""))}`;
}

/** `outcome:2.1` stands behind intent:2.1, which stands behind reply:2. */
function placeOf(key: string): number {
  const [kind = "", place = "0"] = key.split(":");
  const [step = 0, call = 0] = place.split(".").map(Number);
  return step * 10_000 + call * 10 + ["reply", "intent", "outcome"].indexOf(kind);
}

function indent(text: string): string {
  return text.trimEnd().replace(/^/gm, "  ");
}

async function withStore(signal: AbortSignal, work: (store: RedisStore) => Promise<number>): Promise<number> {
  const store = new RedisStore(addressOf(await accessToTeam()), "minilab-records");
  const state = new EventTarget();
  store.onConnection((to, reason) =>
    state.dispatchEvent(new CustomEvent("state", { detail: { to, reason } })),
  );
  try {
    const [event] = await once(state, "state", { signal });
    const { to, reason } = (event as CustomEvent<{ to: "up" | "down"; reason: string }>).detail;
    if (to === "down") throw new AppError("unavailable", `Redis is away (${reason})`);
    return await work(store);
  } finally {
    await store.close();
  }
}
