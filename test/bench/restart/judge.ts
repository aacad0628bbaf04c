/**
 * Compares what was acknowledged with what Redis holds, past the bus: each fact that is missing is a sentence. Sessions
 * that CLEAR has ended are archived in the transcripts: what was said in them is looked for like all else.
 */
import type { Redis } from "ioredis";
import { deadKey, inboxKey, transcriptKey, turnKey } from "../../../agents/bus/redis-schema.ts";
import { type Message, parseMessage } from "../../../agents/protocol/message.ts";
import { ROLES, type Role, SENDERS } from "../../../agents/protocol/roles.ts";
import { createRedactor } from "../../../agents/redact/redact.ts";
import type { Facts } from "./facts.ts";

export async function missing(facts: Facts, redis: Redis): Promise<string[]> {
  // the agents go on meanwhile: what is acknowledged after this is looked for the next time
  const [said, buried] = [[...facts.said.values()], [...facts.buried.keys()]];
  const [control, transcripts, inboxes, dead] = await Promise.all([
    redis.hgetall("control"),
    idsIn(redis, SENDERS.map(transcriptKey)),
    idsIn(
      redis,
      ROLES.flatMap((role) => SENDERS.map((sender) => inboxKey(role, sender))),
    ),
    Promise.all(ROLES.map((role) => redis.lrange(deadKey(role), 0, -1))),
  ]);
  const unsaid = said.filter(({ id }) => !transcripts.has(id)).map(({ id }) => `message ${id}`);
  const waiting = said.flatMap((message) =>
    message.to.filter((role) => !inboxes.has(id(role, message))).map((role) => ({ role, id: message.id })),
  );
  const letters = dead.flat().join();
  return [
    ...disagreements(facts, control),
    ...unsaid,
    ...(await inNoJournal(redis, waiting)),
    ...(await halves(redis, facts)),
    ...buried.filter((id) => !letters.includes(id)).map((id) => `dead letter ${id}`),
  ];
}

function disagreements({ control }: Facts, stored: Record<string, string>): string[] {
  if (control === undefined) return [];
  const { session, epoch, state } = control;
  return Object.entries({ session, epoch: String(epoch), state })
    .filter(([name, value]) => stored[name] !== value)
    .map(([name, value]) => `${name} ${value} (there is ${stored[name] ?? "none"}, epoch ${epoch})`);
}

const NO_SECRETS = createRedactor([]);
const id = (role: Role, { id, sender }: Message) => `${inboxKey(role, sender)} ${id}`;

/** Ids of the messages in streams; in inboxes with the name of the stream before them. */
async function idsIn(redis: Redis, streams: readonly string[]): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const stream of streams) {
    for (const [, [, json]] of (await redis.xrange(stream, "-", "+")) as [string, string[]][]) {
      const found = parseMessage(json ?? "", NO_SECRETS)?.id;
      if (found !== undefined) ids.add(stream.startsWith("inbox:") ? `${stream} ${found}` : found);
    }
  }
  return ids;
}

/** What is no longer waiting has a turn that has ended. */
async function inNoJournal(redis: Redis, gone: readonly { role: Role; id: string }[]): Promise<string[]> {
  const states = await Promise.all(gone.map(({ role, id }) => redis.hget(turnKey(role, id), "status")));
  return gone.filter((_, index) => !states[index]).map(({ role, id }) => `pending message ${id} for ${role}`);
}

async function halves(redis: Redis, { kept }: Facts): Promise<string[]> {
  const lost = await Promise.all(
    [...kept.values()].map(async ({ role, id, keys }) => {
      const present = new Set(await redis.hkeys(turnKey(role, id)));
      return [...keys].filter((key) => !present.has(key)).map((key) => `journal ${role} ${id} ${key}`);
    }),
  );
  return lost.flat();
}
