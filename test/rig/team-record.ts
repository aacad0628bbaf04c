/** What the team did, from its own durable records: messages, turns, tool calls, the last recap of each node. */

import type { TurnStatus } from "../../agents/bus/bus.ts";
import { readLedger } from "../../agents/bus/redis-ledger.ts";
import { parseControlState, READ_CONTROL } from "../../agents/bus/redis-schema.ts";
import type { RedisStore } from "../../agents/bus/redis-store.ts";
import { parseJson } from "../../agents/protocol/message.ts";
import type { Spending } from "../../agents/protocol/spending.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import { readMessages, readTurn, type Turn } from "../../launcher/team/team-store.ts";

export type Recap = Record<string, number>;

export type TeamRecord = {
  /** One for each role that a message was addressed to. */
  sent: number;
  /** Turns that came to an end of their own: the message was worked on. */
  handled: number;
  /** Turns that ended in any way, also by failing. */
  ended: number;
  toolCalls: number;
  /** By node, from the newest run of a playbook that was not a check. */
  recaps: Record<string, Recap>;
};

const HANDLED: readonly TurnStatus[] = ["completed", "awaiting"];

export async function readTeamRecord(store: RedisStore): Promise<TeamRecord> {
  const messages = await readMessages(store, createRedactor([]));
  const turns = await Promise.all(
    messages.flatMap((message) => message.to.map((role) => readTurn(store, role, message.id))),
  );
  const statuses = turns.map((turn) => turn.get("status"));
  return {
    sent: turns.length,
    handled: statuses.filter((status) => HANDLED.some((one) => one === status)).length,
    ended: statuses.filter((status) => status !== undefined).length,
    toolCalls: turns.flatMap((turn) => [...turn.keys()]).filter((key) => key.startsWith("outcome:")).length,
    recaps: Object.assign({}, ...turns.flatMap(recapsOf)),
  };
}

/** Of the session in which the team is, by its ledgers. */
export async function readSpending(store: RedisStore): Promise<Spending[]> {
  const session = parseControlState(await store.command(READ_CONTROL))?.session;
  return session === undefined ? [] : await readLedger(store, session, createRedactor([]));
}

type Reply = { calls: { id: string; tool: string; args: { check?: boolean } }[] };

function recapsOf(turn: Turn): Record<string, Recap>[] {
  return [...turn]
    .filter(([key]) => key.startsWith("reply:"))
    .sort(([a], [b]) => stepOf(a) - stepOf(b))
    .flatMap(([, json]) => (parseJson(json) as Reply).calls)
    .filter(({ tool, args }) => tool === "run_ansible" && args.check !== true)
    .map(({ id }) => parseJson(turn.get(`outcome:${id}`) ?? "{}") as { stdout?: string })
    .map(({ stdout = "" }) => parseRecaps(stdout));
}

const stepOf = (key: string) => Number(key.replace("reply:", ""));

/** Lines like `Recap: pve1 ok=2 changed=1 unreachable=0 failed=0`. */
export function parseRecaps(stdout: string): Record<string, Recap> {
  const lines = [...stdout.matchAll(/^Recap: (\S+)((?: \w+=\d+)+)/gm)];
  return Object.fromEntries(
    lines.map(([, node = "", counts = ""]) => [
      node,
      Object.fromEntries(
        [...counts.matchAll(/(?<!\w)(\w+)=(\d+)/g)].map(([, name = "", count]) => [name, Number(count)]),
      ),
    ]),
  );
}
