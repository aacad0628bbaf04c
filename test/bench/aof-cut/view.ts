/** All that a Redis holds for the team, as a value; and where its parts contradict each other. */

import type { Redis } from "ioredis";
import type { BusMode } from "../../../agents/bus/channels.ts";
import { type Message, parseMessage } from "../../../agents/protocol/message.ts";
import type { Role } from "../../../agents/protocol/roles.ts";
import { createRedactor } from "../../../agents/redact/redact.ts";

/** Of streams the entries, of other types what their whole content is. Leases expire: they are left out. */
export type View = Readonly<Record<string, unknown>>;
type Stream = [id: string, fields: string[]][];

export async function viewOf(redis: Redis): Promise<View> {
  const keys = (await redis.keys("*")).filter((key) => !key.startsWith("lease:")).sort();
  const contents = await Promise.all(keys.map((key) => contentOf(redis, key)));
  return Object.fromEntries(keys.map((key, index) => [key, contents[index]]));
}

/** By type, not by dump: the order of a hash's fields in that is another in each life of Redis. */
async function contentOf(redis: Redis, key: string): Promise<unknown> {
  switch (await redis.type(key)) {
    case "stream":
      return await redis.xrange(key, "-", "+");
    case "list":
      return await redis.lrange(key, 0, -1);
    case "hash":
      return await redis.hgetall(key);
    case "string":
      return await redis.get(key);
    default:
      return await redis.dump(key);
  }
}

/** Sentences that name each contradiction; none when all views of what was said and done agree. */
export function disagreements(view: View, mode: BusMode): string[] {
  const said = saidIn(view);
  const isSaid = (id: string | undefined) => said.some((message) => message.id === id);
  const history = idsIn(view, "chat_history");
  const sent = Object.keys(view).flatMap((key) => (key.startsWith("sent:") ? idsOf([view[key]]) : []));
  return [
    ...[...history, ...sent].flatMap((id) => (isSaid(id) ? [] : [`${id} is remembered, but was never said`])),
    ...said.flatMap((message) => memoryDisagreements(view, message)),
    ...(mode === "compat" ? said.flatMap((message) => listDisagreements(view, message)) : []),
    ...said.flatMap((message) => message.to.flatMap((role) => turnDisagreements(view, message, role))),
    ...turnsIn(view).flatMap(({ reply }) =>
      reply && !isSaid(reply) ? [`${reply}: the reply was never said`] : [],
    ),
  ];
}

function saidIn(view: View): Message[] {
  const transcripts = Object.keys(view).filter((key) => key.startsWith("transcript:"));
  return transcripts.flatMap((key) => messagesIn(view[key] as Stream));
}

function messagesIn(entries: Stream): Message[] {
  return entries.flatMap(([, [, json = ""]]) => parseMessage(json, createRedactor([])) ?? []);
}

function memoryDisagreements(view: View, { id, sender }: Message): string[] {
  return view[`sent:${sender}:${id}`] ? [] : [`${id} was said, but would be said again`];
}

/** The list that programs of the original read. */
function listDisagreements(view: View, { id, session }: Message): string[] {
  const isNow = (view["control"] as Record<string, string> | undefined)?.["session"] === session;
  const list = idsIn(view, isNow ? "chat_history" : `archive:${session}`);
  return list.includes(id) ? [] : [`${id} was said, but is in no list`];
}

/** A message for a role is in its inbox, or its turn has ended; and only one of these. */
function turnDisagreements(view: View, { id, sender }: Message, role: Role): string[] {
  const inbox = view[`inbox:${role}:${sender}`] as Stream | undefined;
  const isThere = inbox !== undefined && messagesIn(inbox).some((message) => message.id === id);
  const turn = view[`turn:${role}:${id}`] as Record<string, string> | undefined;
  const hasEnded = turn?.["status"] !== undefined;
  if (hasEnded && isThere) return [`${id} has ended for ${role}, but is in its inbox`];
  return isThere || hasEnded ? [] : [`${id} was taken from ${role} without an end`];
}

function turnsIn(view: View): Record<string, string>[] {
  return Object.keys(view).flatMap((key) =>
    key.startsWith("turn:") ? [view[key] as Record<string, string>] : [],
  );
}

function idsIn(view: View, key: string): string[] {
  return idsOf((view[key] ?? []) as unknown[]);
}

function idsOf(jsons: unknown[]): string[] {
  return jsons.flatMap((json) => parseMessage(String(json), createRedactor([]))?.id ?? []);
}
