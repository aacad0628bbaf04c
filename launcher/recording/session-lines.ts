/** All that is recorded of one session, as the lines of a recording: read little by little, a turn at a time at most. */
import { readLedger } from "../../agents/bus/redis-ledger.ts";
import { compareEntryIds, parseControlState, READ_CONTROL } from "../../agents/bus/redis-schema.ts";
import type { RedisStore } from "../../agents/bus/redis-store.ts";
import { type Message, parseJson } from "../../agents/protocol/message.ts";
import { type Role, SENDERS, type Sender } from "../../agents/protocol/roles.ts";
import type { Redactor } from "../../agents/redact/redact.ts";
import { redactJson } from "../../agents/redact/redacted-json.ts";
import { readTranscript, readTurn, type Said, type Turn } from "../team/team-store.ts";
import { type Line, RECORDING_FORMAT } from "./format.ts";

type Asked = { session: string; redactor: Redactor };

/** In the order in which it was said, behind each message the journals of the turns about it. */
export async function* sessionLines(store: RedisStore, asked: Asked): AsyncGenerator<Line> {
  const { session, redactor } = asked;
  const control = parseControlState(await store.command(READ_CONTROL));
  yield { kind: "header", format: RECORDING_FORMAT, session, exported: new Date().toISOString() };
  for await (const { entry, message } of inOrder(SENDERS.map((sender) => saidIn(store, sender, asked)))) {
    const { kind: _, ...said } = message;
    yield { kind: "message", entry, message: said };
    for (const role of message.to)
      yield* turnLines(await readTurn(store, role, message.id), { role, message, redactor });
  }
  for (const { role, messageId, ...value } of await readLedger(store, session, redactor))
    yield { kind: "spent", role, message: messageId, value };
  if (control?.session === session) yield { kind: "control", ...control };
}

async function* saidIn(
  store: RedisStore,
  sender: Sender,
  { session, redactor }: Asked,
): AsyncGenerator<Said> {
  for await (const said of readTranscript(store, sender, redactor))
    if (said.message.session === session) yield said;
}

/** Merges streams that are each in order; of what stands at one place the first stream comes first. */
async function* inOrder(streams: readonly AsyncGenerator<Said>[]): AsyncGenerator<Said> {
  const heads = await Promise.all(
    streams.map(async (stream) => ({ stream, head: (await stream.next()).value as Said | undefined })),
  );
  for (;;) {
    const [first] = heads
      .filter(({ head }) => head !== undefined)
      .toSorted((a, b) => compareEntryIds(a.head?.entry ?? "", b.head?.entry ?? ""));
    if (!first?.head) return;
    yield first.head;
    first.head = (await first.stream.next()).value as Said | undefined;
  }
}

type OfTurn = { role: Role; message: Message; redactor: Redactor };

/** Written by processes that knew more secrets; looked through once more, as everything that is read. */
function turnLines(turn: Turn, { role, message, redactor }: OfTurn): Line[] {
  return [...turn].map(([key, json]) => ({
    kind: "entry",
    ...{ role, message: message.id, key },
    value: redactJson(redactor, parseJson(json) ?? json).value,
  }));
}
