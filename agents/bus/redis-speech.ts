/** How something is said and commanded in Redis, in either mode: decisions.ts says what each transaction writes. */
import type { ControlCommand, ControlState } from "../protocol/control.ts";
import { isFirstSending, type Message } from "../protocol/message.ts";
import { OPERATOR, type Sender } from "../protocol/roles.ts";
import type { Draft } from "./bus.ts";
import { type BusMode, type Channels, STRICT } from "./channels.ts";
import { COMPAT, clearCommands, listCommands, type RawIntent, readRaw } from "./compat.ts";
import { decideCommand, decideSend, type Say } from "./decisions.ts";
import type { Look, RedisCommand } from "./look.ts";
import type { MessageReader } from "./message-reader.ts";
import { MISSION_KEYS, READ_MISSION, stateOf, textCommands } from "./redis-mission.ts";
import { CONTROL_KEY, parseTime, READ_CONTROL, READ_TIME, sayCommands, sentKey } from "./redis-schema.ts";
import type { RedisStore } from "./redis-store.ts";

export type SpeechOptions = { store: RedisStore; reader: MessageReader; mode: BusMode; keepMs: number };

/** All that the first sending of a message must have seen: nobody can have stored it. */
const FIRST: Look = { watch: [CONTROL_KEY], reads: [READ_CONTROL, READ_TIME], stands: true };

export class Speech {
  readonly channels: Channels;
  readonly #store: RedisStore;
  readonly #reader: MessageReader;
  readonly #isCompat: boolean;
  readonly #keepMs: number;

  constructor({ store, reader, mode, keepMs }: SpeechOptions) {
    this.#keepMs = keepMs;
    this.#store = store;
    this.#reader = reader;
    this.#isCompat = mode === "compat";
    this.channels = this.#isCompat ? COMPAT : STRICT;
  }

  /** The commands with which `sender` says a message. */
  as(sender: Sender): Say {
    return this.#on(this.channels.of(sender));
  }

  /** Once for each id. */
  async send(draft: Draft, say: Say = this.as(draft.sender)): Promise<Message> {
    const reader = this.#reader;
    const isOperators = draft.sender === OPERATOR;
    const [first, again] = isOperators ? [OPERATORS_FIRST, withMission] : [FIRST, (look: Look) => look];
    const look = isFirstSending(draft.id) ? first : again(lookFor(sentKey(draft.sender, draft.id)));
    const message = await this.#store.transact(look, ([control, time, ...rest]) => {
      const [head, done, sent] = isOperators ? rest : [undefined, undefined, ...rest];
      const mission = (message: Message) => textCommands(stateOf([head, done]), message, this.#keepMs);
      const now = reader.dateFor(parseTime(time));
      return decideSend(draft, { control, sent }, { say, reader, now, mission });
    });
    reader.remember(message);
    return message;
  }

  /** Once for each `id`. */
  async command(command: ControlCommand, id: string): Promise<ControlState> {
    const atClear = this.#isCompat ? clearCommands : () => [];
    const order = { command, id, channel: this.channels.of(OPERATOR), say: this.#on(undefined), atClear };
    return await this.#store.transact(lookFor(sentKey(OPERATOR, id)), ([control, time, sent]) =>
      decideCommand(order, { control, sent, now: this.#reader.dateFor(parseTime(time)) }),
    );
  }

  /** In compat mode what a program of the original means by what it published; undefined for noise. */
  readRaw(payload: string): RawIntent | undefined {
    return this.#isCompat ? readRaw(payload, Date.now(), this.#reader.redactor) : undefined;
  }

  /** Stored once, by whichever of us is first, and not published again. The message that it was, if it was one. */
  async takeIn(raw: RawIntent): Promise<Message | undefined> {
    if (raw.kind === "message") return await this.send(raw.draft, this.#on(undefined));
    await this.command(raw.command, raw.id);
    return undefined;
  }

  /** Without a channel it is not published. */
  #on(channel: string | undefined): Say {
    const list = this.#isCompat ? listCommands : () => [];
    return (message) => [...sayCommands(message, channel, this.#keepMs), ...list(message)];
  }
}

/** The operator's words are his mission's as well. */
function withMission({ watch, reads, ...look }: Look): Look {
  const [control, time, ...sent] = reads as [RedisCommand, RedisCommand, ...RedisCommand[]];
  return { ...look, watch: [...watch, ...MISSION_KEYS], reads: [control, time, ...READ_MISSION, ...sent] };
}

const OPERATORS_FIRST = withMission(FIRST);

/** And whether it was sent before. */
function lookFor(sentBefore: string): Look {
  return {
    watch: [CONTROL_KEY, sentBefore],
    reads: [READ_CONTROL, READ_TIME, ["GET", sentBefore]],
  };
}
