import { expect, test } from "vitest";
import type { Mailbox } from "../bus/bus.ts";
import type { Limits } from "../protocol/budget.ts";
import { costOf, type Price } from "../protocol/prices.ts";
import type { RateLimits } from "../protocol/rate.ts";
import { ROLES, type Role } from "../protocol/roles.ts";
import { NO_TOKENS, type Usage } from "../protocol/spending.ts";
import { createRedactor } from "../redact/redact.ts";
import { ours } from "../redact/redacted.ts";
import { MemoryBus } from "../testing/memory-bus.ts";
import { between, randomFrom } from "../testing/random.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { Admissions } from "./admissions.ts";
import { EndpointError } from "./model/endpoint-error.ts";
import { type Gate, type RequestSize, sendThrough } from "./model/gate.ts";
import type { Rate } from "./model/rate-headers.ts";
import { withRetries } from "./retries.ts";

const PRICE: Price = { input: 1, cachedInput: 0.1, output: 8 };
const NONE: Limits = { session: {}, day: {} };
const redactor = createRedactor([]);
const START = Date.parse("2026-11-30T08:00:00Z");
const stopping = new AbortController();
const { signal } = stopping;

type Team = {
  bus: MemoryBus;
  clock: VirtualClock;
  limits: Limits;
  rate?: RateLimits;
  price?: Price;
  onQuestion?: (text: string) => void;
};

/** A role, as it starts: whoever had it before has lost it. */
function roleOf({ bus, clock, limits, rate = {}, price, onQuestion = () => {} }: Team, role: Role) {
  const mailbox: Mailbox = bus.mailbox(role);
  const admissions = new Admissions({
    ...{ account: mailbox.account, limits, rate, price, notice: onQuestion, sleep: clock.sleep },
    endpoint: { model: ours("m"), server: ours("h") },
  });
  return (session: string, isOperators = false, waits: string[] = []) =>
    admissions.gateFor({
      ...{ session, isOperators, onBudget: () => {}, onAgain: () => {} },
      onWait: (reason) => waits.push(reason),
    });
}

/** What a server has charged, and whether any charge was above what was allowed then. */
class Bill {
  charged = { tokens: 0, dollars: 0 };
  overruns = 0;
  readonly allowed: () => { tokens: number; dollars: number };

  constructor(allowed: () => { tokens: number; dollars: number }) {
    this.allowed = allowed;
  }

  charge(usage: Usage): void {
    this.charged.tokens += usage.prompt + usage.completion;
    this.charged.dollars += costOf(usage, PRICE);
    const { tokens, dollars } = this.allowed();
    if (this.charged.tokens > tokens || this.charged.dollars > dollars + 1e-6) this.overruns++;
  }
}

test("four roles, a server that charges at random, crashes and cuts: 0 overruns in 500 sessions, and each pause is answered (R53)", {
  timeout: 120_000,
}, async () => {
  const random = randomFrom(13);
  let [overruns, questions, calls, crashes] = [0, 0, 0, 0];
  let bus = new MemoryBus();
  for (let session = 0; session < 500; session++) {
    const clock = new VirtualClock(START + session * 3_600_000);
    bus = new MemoryBus(() => clock.now);
    const { session: id } = await bus.control();
    const isInDollars = random() < 0.5;
    const limits: Limits = isInDollars
      ? { session: { dollars: 0.2 + random() }, day: random() < 0.3 ? { dollars: 0.5 + random() } : {} }
      : {
          session: { tokens: between(random, 30_000, 150_000) },
          day: random() < 0.3 ? { tokens: between(random, 60_000, 150_000) } : {},
        };
    const raised = { tokens: 0, dollars: 0 };
    const least = (unit: "tokens" | "dollars") =>
      Math.min(
        ...[limits.session[unit], limits.day[unit]].map((limit) => (limit ?? Infinity) + raised[unit]),
      );
    const bill = new Bill(() => ({ tokens: least("tokens"), dollars: least("dollars") }));
    const answering: Promise<void>[] = [];
    const onQuestion = (text: string) => {
      expect(text).toContain("/budget raise");
      questions++;
      answering.push(
        clock.sleep(between(random, 500, 5_000)).then(async () => {
          const more = isInDollars ? { tokens: 0, dollars: 0.2 } : { tokens: 40_000, dollars: 0 };
          [raised.tokens, raised.dollars] = [raised.tokens + more.tokens, raised.dollars + more.dollars];
          await bus.budgets.raise(more, { signal });
        }),
      );
    };
    const team = { bus, clock, limits, price: PRICE, onQuestion };
    const work = async (role: Role) => {
      let gateOf = roleOf(team, role);
      for (let call = 0; call < 6; call++) {
        const size = {
          promptTokens: between(random, 500, 12_000),
          outputTokens: between(random, 500, 8_000),
        };
        const end = await gateOf(id).pass(size, signal);
        calls++;
        await clock.sleep(between(random, 200, 30_000));
        const usage: Usage = {
          ...{ ...NO_TOKENS, prompt: Math.floor(size.promptTokens * (0.5 + random() * 0.95)) },
          completion: between(random, 0, size.outputTokens + 1),
        };
        const fate = random();
        if (fate >= 0.1) bill.charge(usage);
        if (fate < 0.1) await end({ kind: "refused", status: 500, retryAfterMs: undefined, rate: undefined });
        else if (fate < 0.2) await end({ kind: "unknown" });
        else if (fate < 0.3) crashes++;
        else await end({ kind: "answered", usage, rate: undefined });
        if (fate >= 0.2 && fate < 0.3) gateOf = roleOf(team, role);
      }
    };
    await clock.until(Promise.all(ROLES.map(work)));
    await clock.until(Promise.all(answering));
    overruns += bill.overruns;
  }
  expect({ overruns, calls }).toEqual({ overruns: 0, calls: 500 * 4 * 6 });
  expect(questions).toBeGreaterThan(500);
  expect(crashes).toBeGreaterThan(500);
});

const MINUTE = 60_000;
const QUOTA = 60_000;

type Kind = {
  /** By the minutes of its clock, or as a bucket that is filled all the time. */
  counts: "window" | "bucket";
  /** It tells nothing but the 429. */
  isSilent?: boolean;
  /** It counts the limit of a reply in the place of the reply. */
  countsLimit?: boolean;
};

class LimitedServer {
  used = 0;
  refused = 0;
  readonly kind: Kind;
  readonly #clock: VirtualClock;
  readonly #random: () => number;
  #level = 0;
  #at: number;

  constructor(clock: VirtualClock, kind: Kind, random: () => number) {
    this.kind = kind;
    [this.#clock, this.#random, this.#at] = [clock, random, clock.now];
  }

  /** Counts a request, or refuses it: one in fifty for no reason. */
  take(tokens: number): Rate | undefined {
    const { now } = this.#clock;
    const { counts, isSilent } = this.kind;
    if (counts === "bucket") this.#level = Math.max(0, this.#level - ((now - this.#at) * QUOTA) / MINUTE);
    else if (Math.floor(now / MINUTE) > Math.floor(this.#at / MINUTE)) this.#level = 0;
    this.#at = now;
    const isMoody = this.#random() < 0.02;
    const over = this.#level + tokens - QUOTA;
    if (isMoody || over > 0) {
      this.refused++;
      const free = counts === "bucket" ? (Math.max(over, 0) * MINUTE) / QUOTA : MINUTE - (now % MINUTE);
      throw tooMany(isSilent ? undefined : isMoody ? 1_000 : Math.ceil(free) + 1);
    }
    this.#level += tokens;
    this.used += tokens;
    return isSilent ? undefined : { tokens: { limit: QUOTA, remaining: Math.floor(QUOTA - this.#level) } };
  }
}

function tooMany(retryAfterMs: number | undefined): EndpointError {
  return new EndpointError({ status: 429, words: "too many tokens", names: [], isHtml: false, retryAfterMs });
}

type Calling = { clock: VirtualClock; server: LimitedServer; random: () => number; gate: Gate };

/** One call of a model, as model.ts makes it: tried again after a refusal. The tokens that the server has counted. */
async function callOnce({ clock, server, random, gate }: Calling): Promise<number> {
  const size: RequestSize = { promptTokens: between(random, 2_000, 8_000), outputTokens: 2_000 };
  const prompt = Math.floor(size.promptTokens * 1.1);
  const usage = { ...NO_TOKENS, prompt, completion: between(random, 100, 1_500) };
  const counted = prompt + (server.kind.countsLimit ? size.outputTokens : usage.completion);
  const send = async () => {
    const rate = server.take(counted);
    await clock.sleep(between(random, 1_000, 8_000), signal);
    return { usage, rate };
  };
  await withRetries(
    { signal, redactor, onWait: () => {}, sleep: clock.sleep },
    {
      attempt: () => sendThrough(gate, { size, signal, send }),
      mend: () => undefined,
      ...{ backoffMs: 1_000, baseUrl: "http://h/v1" },
    },
  );
  return counted;
}

/** Four roles that ask all the time: what share of the quota they used, and each role its share of that, times four. */
async function halfAnHour(
  kind: Kind,
  { rate = {}, operatorsOwn }: { rate?: RateLimits; operatorsOwn?: Role } = {},
) {
  const random = randomFrom(7);
  const clock = new VirtualClock(START);
  const bus = new MemoryBus(() => clock.now);
  const { session } = await bus.control();
  const server = new LimitedServer(clock, kind, random);
  const used = new Map<Role, number>();
  const work = async (role: Role) => {
    const gate = roleOf({ bus, clock, limits: NONE, rate }, role)(session, role === operatorsOwn);
    while (clock.now < START + 30 * MINUTE)
      used.set(role, (used.get(role) ?? 0) + (await callOnce({ clock, server, random, gate })));
  };
  await clock.until(Promise.all(ROLES.map(work))); // a call that fails rejects
  const share = server.used / ((QUOTA * (clock.now - START)) / MINUTE);
  const shares = ROLES.map((role) => ((used.get(role) ?? 0) * 4) / server.used);
  return { share, shares, refused: server.refused };
}

test.each<[string, Kind, RateLimits]>([
  ["a window, told in headers", { counts: "window" }, {}],
  ["a bucket, told in headers", { counts: "bucket" }, {}],
  ["a window that counts the reply's limit", { counts: "window", countsLimit: true }, {}],
  ["a window that tells nothing, with the setting", { counts: "window", isSilent: true }, { tokens: QUOTA }],
  ["a bucket that tells nothing, with the setting", { counts: "bucket", isSilent: true }, { tokens: QUOTA }],
])(
  "60,000 tokens a minute and 429s, %s: no call fails, 85 % are used, each role has its share (R53)",
  { timeout: 60_000 },
  async (_, kind, rate) => {
    const { share, shares, refused } = await halfAnHour(kind, { rate });
    expect(share).toBeGreaterThan(0.85);
    expect(Math.min(...shares)).toBeGreaterThan(0.75);
    expect(refused).toBeGreaterThan(0);
  },
);

test("the operator's own work goes first where a limit is shared", async () => {
  const { shares } = await halfAnHour({ counts: "window" }, { operatorsOwn: "QA_Tester" });
  const [own = 0, ...others] = [
    shares[ROLES.indexOf("QA_Tester")],
    ...shares.toSpliced(ROLES.indexOf("QA_Tester"), 1),
  ];
  expect(own).toBeGreaterThan(1.2 * Math.max(...others.map((one) => one ?? 0)));
  expect(Math.min(...others.map((one) => one ?? 0))).toBeGreaterThan(0.3);
});

test("STOP ends a wait for the provider's limit at once, and nobody waits for it any more", async () => {
  const clock = new VirtualClock(START);
  const bus = new MemoryBus(() => clock.now);
  const { session } = await bus.control();
  const turn = new AbortController();
  const waits: string[] = [];
  const gate = roleOf({ bus, clock, limits: NONE, rate: { requests: 1 } }, "QA_Tester")(
    session,
    false,
    waits,
  );
  const size = { promptTokens: 10, outputTokens: 10 };
  await (await gate.pass(size, turn.signal))({ kind: "unknown" });
  const second = gate.pass(size, turn.signal);
  const stop = clock.sleep(700).then(() => turn.abort(new Error("STOP")));
  await expect(clock.until(second)).rejects.toThrow("STOP");
  await stop;
  expect(clock.now).toBe(START + 700);
  expect(waits).toEqual(["the provider's limit of a minute"]);
  expect((await bus.budgets.read({ signal })).admissions.QA_Tester?.waiting).toBeUndefined();
});

test("while nothing is set and nothing was learned the store is not asked", async () => {
  const clock = new VirtualClock(START);
  const bus = new MemoryBus(() => clock.now);
  const { session } = await bus.control();
  const gate = roleOf({ bus, clock, limits: NONE }, "QA_Tester")(session);
  const size = { promptTokens: 10, outputTokens: 10 };
  const admissions = async () => (await bus.budgets.read({ signal })).admissions;
  await (await gate.pass(size, signal))({ kind: "answered", usage: NO_TOKENS, rate: undefined });
  await (await gate.pass(size, signal))({ kind: "unknown" });
  expect(await admissions()).toEqual({});
  const rate = { tokens: { limit: QUOTA, remaining: QUOTA } };
  await (await gate.pass(size, signal))({ kind: "answered", usage: NO_TOKENS, rate });
  await gate.pass(size, signal);
  expect(await admissions()).toMatchObject({ QA_Tester: { open: [{}] } });
});
