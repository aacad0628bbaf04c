/** Real buses of a whole team, each under its own identity, and one of them that lies: what do the others believe? */

import { setTimeout as delay } from "node:timers/promises";
import type { Bus, LiveEvent, Mailbox } from "../../agents/bus/bus.ts";
import { busOver } from "../../agents/bus/redis-bus.ts";
import { RedisStore } from "../../agents/bus/redis-store.ts";
import { type Message, newMessageId } from "../../agents/protocol/message.ts";
import { OPERATOR, ROLES, type Role, SENDERS, type Sender } from "../../agents/protocol/roles.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import { ours } from "../../agents/redact/redacted.ts";
import type { Count } from "./count.ts";
import { GullibleStore } from "./forging-gullible.ts";
import { hearerOf, liesOf } from "./forging-lies.ts";
import { RawClient } from "./forging-wire.ts";
import type { ForgingWorld } from "./forging-world.ts";

/** A word that takes longer has been suppressed. */
const HEARD_MS = 15_000;

export type Liars = { attackers: readonly Sender[]; isGullible: boolean; signal: AbortSignal };

/** What all of them have heard, in whatever way. */
type Heard = { live: LiveEvent[]; delivered: Message[] };

export async function tryVoices(world: ForgingWorld, liars: Liars, count: Count): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const team = await Team.gather(world, liars, stack);
  for (const attacker of liars.attackers) {
    for (const victim of SENDERS) if (victim !== attacker) await team.round(attacker, victim, count);
  }
  for (const attacker of liars.attackers) if (attacker !== OPERATOR) await team.flood(attacker, count);
}

class Team {
  readonly #world: ForgingWorld;
  readonly #signal: AbortSignal;
  readonly #buses: ReadonlyMap<Sender, Bus>;
  readonly #heard: Heard = { live: [], delivered: [] };
  readonly #genuine = new Map<string, string>();

  private constructor(world: ForgingWorld, buses: ReadonlyMap<Sender, Bus>, signal: AbortSignal) {
    this.#world = world;
    this.#buses = buses;
    this.#signal = signal;
  }

  static async gather(world: ForgingWorld, liars: Liars, stack: AsyncDisposableStack): Promise<Team> {
    await world.judge.flushall();
    const Store = liars.isGullible ? GullibleStore : RedisStore;
    const stores: RedisStore[] = [];
    const buses = SENDERS.map((speaker) => {
      const store = new Store(world.urlOf(speaker === OPERATOR ? "console" : speaker), speaker);
      stores.push(store);
      const bus = busOver(store, { speaker, redactor: createRedactor([]) });
      stack.defer(() => bus.close());
      return [speaker, bus] as const;
    });
    const ending = new AbortController();
    const signal = AbortSignal.any([liars.signal, ending.signal]);
    const team = new Team(world, new Map(buses), signal);
    await Promise.all([team.#untilAllListen(), ...stores.map((store) => store.connected(signal))]);
    for (const [, bus] of buses) bus.watch((event) => team.#heard.live.push(event));
    const takers = ROLES.map((role) => team.#take(team.#bus(role).mailbox(role, "bench")));
    stack.defer(async () => {
      ending.abort();
      await Promise.allSettled(takers);
    });
    await team.#say(OPERATOR, ["Architect_Zero"]); // begins the session
    return team;
  }

  /** Every lie of one in the name of another, who then speaks. */
  async round(attacker: Sender, victim: Sender, count: Count): Promise<void> {
    const hearer = hearerOf({ attacker, victim });
    const { id: saidId } = await this.#say(victim, [hearer]);
    const { session, epoch } = await this.#bus(OPERATOR).control({ signal: this.#signal });
    const cases = liesOf({ attacker, victim, session, epoch, saidId });
    const replies = await this.#send(
      attacker,
      cases.map(({ command }) => command),
    );
    const { id } = await this.#say(victim, [hearer]);
    const believed = await this.#believed(hearer);
    const history = await this.#bus(hearer).history({ signal: this.#signal });
    const isRemembered = history.some((message) => message.id === id);
    for (const [index, { name, mark }] of cases.entries()) {
      const isBelieved = believed.some((text) => text.includes(`${mark}"`) || text.includes(`${mark}.`));
      const harm = isBelieved ? "it was believed" : isRemembered ? undefined : "another's word was lost";
      count.add(name, { harm, isRefused: replies[index]?.error !== undefined });
    }
  }

  /** Entries that claim to be of the future must not push out what others say. It ends the attacker's own stream. */
  async flood(attacker: Sender, count: Count): Promise<void> {
    const { id } = await this.#say(OPERATOR, [hearerOf({ attacker, victim: OPERATOR })]);
    const future = Array.from({ length: 100 }, (_, index) => `9999999999999-${index + 1}`);
    const key = `transcript:${attacker}`;
    await this.#send(
      attacker,
      future.map((entry) => ["XADD", key, entry, "message", "{}"]),
    );
    const history = await this.#bus(OPERATOR).history({ signal: this.#signal });
    const harm = history.some((message) => message.id === id) ? undefined : "what was said is forgotten";
    count.add(`${attacker}: a flood from the future`, { harm, isRefused: false });
  }

  #bus(sender: Sender): Bus {
    return this.#buses.get(sender) as Bus;
  }

  async #send(attacker: Sender, commands: readonly (readonly string[])[]) {
    using client = await RawClient.open(this.#world.port);
    const user = attacker === OPERATOR ? "console" : attacker;
    await client.send([["AUTH", user, user]]);
    return await client.send(commands);
  }

  /** Texts in the name of somebody who has not said them. */
  async #believed(hearer: Role): Promise<string[]> {
    const signal = this.#signal;
    const letters = await this.#bus(OPERATOR).deadLetters({ signal });
    const history = await this.#bus(hearer).history({ signal });
    const messages = [...this.#heard.delivered, ...history, ...letters.map(({ message }) => message)];
    const live = this.#heard.live.splice(0);
    this.#heard.delivered.length = 0;
    return [...messages, ...live]
      .filter((event) => event.kind !== "message" || this.#genuine.get(event.id) !== event.content)
      .map((event) => JSON.stringify(event));
  }

  /** Said by its own bus, and heard by those it is for and by the operator. */
  async #say(sender: Sender, to: Role[]): Promise<Message> {
    const id = newMessageId(sender);
    this.#genuine.set(id, `the word of ${sender}`);
    const draft = { id, sender, to, content: ours(`the word of ${sender}`) };
    const limit = AbortSignal.any([this.#signal, AbortSignal.timeout(HEARD_MS)]);
    const message = await this.#bus(sender).send(draft, { signal: limit });
    const isIn = (messages: readonly { id?: string }[]) => messages.some((event) => event.id === id);
    const hasArrived = () => isIn(this.#heard.delivered) && isIn(this.#heard.live as { id?: string }[]);
    while (!hasArrived() && !limit.aborted) await delay(5);
    this.#signal.throwIfAborted();
    return message;
  }

  async #take(mailbox: Mailbox): Promise<void> {
    const signal = this.#signal;
    for (;;) {
      const deliveries = await mailbox.receive({ signal });
      this.#heard.delivered.push(...deliveries.map(({ message }) => message));
    }
  }

  async #untilAllListen(): Promise<void> {
    for (let listening = 0; listening < SENDERS.length; ) {
      this.#signal.throwIfAborted();
      const channel = "agent_channel:User"; // which every role heeds
      const reply = (await this.#world.judge.call("PUBSUB", "NUMSUB", channel)) as [string, number];
      listening = Number(reply[1]);
      await delay(5);
    }
  }
}
