/** `./minilab turn ID`: what a team has recorded, for people; and the way to its records. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadConfig, readEnv } from "../agents/base/config.ts";
import { AppError } from "../agents/base/errors.ts";
import { RECORDS_FOLDER } from "../agents/bus/redis-conf.ts";
import { RedisStore } from "../agents/bus/redis-store.ts";
import { type Message, parseJson } from "../agents/protocol/message.ts";
import { createRedactor } from "../agents/redact/redact.ts";
import { inert, inertLine } from "../client/terminal-safe.ts";
import { PROJECT_DIR } from "./team/project.ts";
import { addressOf, type BusAccess, startRedis } from "./team/redis.ts";
import { accessToTeam, REDIS_DIR, runningAccess } from "./team/running-team.ts";
import { readMessages, readTurn, type Turn } from "./team/team-store.ts";

/** What the agents knew is out of it already. */
export const SHAPES = createRedactor([]);
/** Messages that are listed, and how much of their ids: enough to tell them apart. */
const LISTED = 20;
const SHORT_ID = 8;

/** The journals of the turns about a message, by the beginning of its id; without one, the last messages with theirs. */
export async function turn([wanted = ""]: string[], signal: AbortSignal): Promise<number> {
  return await withStore(signal, async (store) => {
    const messages = await readMessages(store, SHAPES);
    if (wanted === "") return listLast(messages);
    const found = messages.filter(({ id }) => id.startsWith(wanted));
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

function listLast(messages: readonly Message[]): number {
  for (const { id, timestamp, sender, to, content } of messages.slice(-LISTED)) {
    const others = to.length > 0 ? ` to ${to.join(", ")}` : "";
    const line = `${id.slice(0, SHORT_ID)}  ${timestamp.slice(0, 19)}  ${sender}${others}: ${content.slice(0, 200)}`;
    console.log(inertLine(line).slice(0, 150));
  }
  console.log(
    messages.length === 0 ? "nothing was said yet" : "./minilab turn ID shows what came of one of them",
  );
  return 0;
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

/** Of the team that runs; of one that has ended its Redis is started for as long as `stack` lives. */
async function accessToRecords(stack: AsyncDisposableStack): Promise<Partial<BusAccess>> {
  const env = readEnv(process.env, PROJECT_DIR);
  const isThere = (await runningAccess()) !== undefined || env["REDIS_URL"] !== undefined;
  if (isThere || !existsSync(join(REDIS_DIR, RECORDS_FOLDER))) return await accessToTeam();
  const redis = await startRedis({ directory: REDIS_DIR, mode: loadConfig(env).BUS_MODE });
  stack.defer(redis.close);
  return redis.accessOf("console");
}

/** The records of the team that runs, or of the one that has ended. */
export async function withStore(
  signal: AbortSignal,
  work: (store: RedisStore) => Promise<number>,
): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const store = new RedisStore(addressOf(await accessToRecords(stack)), "minilab-records");
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
