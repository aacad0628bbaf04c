/** The product's store with points around its transactions, and, for the negative controls, with a guard taken out. */

import type { Decision, Look, RedisCommand } from "../../../agents/bus/look.ts";
import { RedisStore } from "../../../agents/bus/redis-store.ts";
import type { Gate } from "./gate.ts";
import type { Weakness } from "./weakness.ts";

export type StoreOptions = { url: string; name: string; gate: Gate; weakness: Weakness | undefined };

export class WatchedStore extends RedisStore {
  readonly #gate: Gate;
  readonly #weakness: Weakness | undefined;
  /** The lease as this agent once took it. */
  #lease: string | undefined;

  constructor({ url, name, gate, weakness }: StoreOptions) {
    super(url, name);
    this.#gate = gate;
    this.#weakness = weakness;
  }

  override async transact<T>(look: Look, decide: (replies: unknown[]) => Decision<T>): Promise<T> {
    const { watch, reads } = look;
    const isLease = watch.length === 1 && watch[0]?.startsWith("lease:") === true;
    const seam = isLease ? (this.#lease ? "lease.renew" : "lease.take") : undefined;
    if (seam) this.#gate.reach(`${seam}.before`);
    const result = await super.transact(
      this.#weakness === "fence" ? this.#guarded(look) : look,
      (replies) => {
        const decision = decide(replies.map((reply, index) => this.#seen(reads[index], reply)));
        this.#decided(seam, decision.write);
        return decision;
      },
    );
    if (seam) this.#gate.reach(`${seam}.after`);
    return result;
  }

  #decided(seam: string | undefined, write: readonly RedisCommand[] | undefined): void {
    if (!write) return;
    for (const [command, key, value] of write) {
      if (command === "SET" && String(key).startsWith("lease:")) this.#lease = String(value);
    }
    const name = seam ?? write.map(journalSeam).find(Boolean);
    if (name) this.#gate.reach(`${name}.decided`);
  }

  /** Without the fence nobody notices that the lease has gone to another. */
  #guarded({ watch, ...look }: Look): Look {
    return { ...look, watch: watch.filter((key, index) => index === 0 || !isLeaseKey(key)) };
  }

  #seen(read: RedisCommand | undefined, reply: unknown): unknown {
    const [command, key, field] = read ?? ["", ""];
    if (this.#weakness === "fence" && command === "GET" && isLeaseKey(key) && this.#lease) return this.#lease;
    const isRepetition = field === "status" || String(key).startsWith("sent:");
    return this.#weakness === "dedupe" && isRepetition ? null : reply;
  }
}

function isLeaseKey(key: unknown): boolean {
  return String(key).startsWith("lease:");
}

/** Which write of a turn's journal it is. */
function journalSeam([command, key, ...fields]: RedisCommand): string | undefined {
  if (command !== "HSET" || !String(key).startsWith("turn:")) return undefined;
  return seamOf(fields.map(String));
}

/** From the names of journal entries, or from the fields with which a turn ends. */
export function seamOf(fields: readonly string[]): string {
  if (fields[0] === "status") return fields[1] === "cancelled" ? "cancel" : "finish";
  if (fields.some((field) => field.startsWith("intent:"))) return "intent";
  return fields.some((field) => field.startsWith("outcome:")) ? "outcome" : "reply";
}
