/** What a mission leaves: the talk and its turns from Redis, programs that ended by themselves, all of it in a folder. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RedisStore } from "../../../agents/bus/redis-store.ts";
import { type Message, parseJson } from "../../../agents/protocol/message.ts";
import type { Role } from "../../../agents/protocol/roles.ts";
import type { Redactor } from "../../../agents/redact/redact.ts";
import { readMessages, readTurn, type Turn } from "../../../launcher/team/team-store.ts";
import type { Report, TurnSeen } from "./judge.ts";

export type Talk = { messages: Message[]; turns: TurnSeen[]; journals: Record<string, string>[] };

export async function readTalk(store: RedisStore, redactor: Redactor): Promise<Talk> {
  const messages = await readMessages(store, redactor);
  const places = messages.flatMap(({ to, id, sender }) => to.map((role) => ({ role, id, sender })));
  const read = places.map(async ({ role, id, sender }) => ({
    role,
    sender,
    turn: await readTurn(store, role, id),
  }));
  const found = await Promise.all(read);
  return {
    messages,
    turns: found.map(({ role, sender, turn }) => turnSeen(role, sender, turn)),
    journals: found.map(({ role, turn }) => ({ role, ...Object.fromEntries(turn) })),
  };
}

function turnSeen(role: Role, from: string, turn: Turn): TurnSeen {
  const of = (kind: string) =>
    [...turn].filter(([key]) => key.startsWith(`${kind}:`)).map(([, json]) => json);
  return {
    ...{
      role,
      from,
      status: turn.get("status"),
      cause: turn.get("cause") ?? "",
      modelCalls: of("reply").length,
    },
    calls: of("outcome").map((json) => (parseJson(json) as { kind: string }).kind),
  };
}

/** In plain lines: a program that the launcher had to start again, and the launcher itself. */
export function crashesIn(directory: string, exitCode: number | null): string[] {
  const logs = join(directory, "tmp/run/logs");
  const lines = readdirSync(logs).flatMap((name) => readFileSync(join(logs, name), "utf8").split("\n"));
  const restarts = lines.filter((line) => line.startsWith("[minilab] "));
  return exitCode === 0 ? restarts : [...restarts, `./minilab up ended with exit code ${exitCode}`];
}

const KEPT = ["docs/team", "generated_iac", "client/logs", "tmp/run/logs"];

export function keepAll(
  directory: string,
  to: string,
  { screen, ...seen }: Talk & { report: Report; screen: string },
): void {
  mkdirSync(to, { recursive: true });
  for (const part of KEPT)
    if (existsSync(join(directory, part))) cpSync(join(directory, part), join(to, part), { recursive: true });
  writeFileSync(join(to, "screen.txt"), screen);
  writeFileSync(join(to, "mission.json"), JSON.stringify(seen, undefined, 2));
}
