/** The guests as hosts: what the operator names now, each judged at each use. */
import { AppError } from "../../base/errors.ts";
import type { TakenAddress } from "../../base/guest-networks.ts";
import type { Guest } from "../../base/guests.ts";
import { type Guard, refusedGuest } from "./guest-guard.ts";

export type GuestListOptions = {
  /** What the operator names now. */
  read(signal: AbortSignal): Promise<readonly Guest[]>;
  guard: Guard;
  /** What the nodes say of the addresses around them; undefined when none of them answers. */
  ask(signal: AbortSignal): Promise<readonly TakenAddress[] | undefined>;
};

/** What a node has said counts so long. */
const FRESH_MS = 60_000;

export class GuestList {
  readonly #options: GuestListOptions;
  #told: { at: number; addresses: readonly TakenAddress[] } | undefined;

  constructor(options: GuestListOptions) {
    this.#options = options;
  }

  /** Undefined for a name that no guest has. AppError `not_allowed` with the reason, `unavailable` while no node answers. */
  find = async (name: string, signal: AbortSignal): Promise<Guest | undefined> => {
    const guests = await this.#options.read(signal);
    const guest = guests.find((one) => one.name === name);
    if (!guest) return undefined;
    const problem = await this.#problem(guest, guests, signal);
    if (problem === undefined) return guest;
    throw refusedGuest(guest, problem);
  };

  /** Those that are hosts; the others have a reason each. */
  async all(signal: AbortSignal): Promise<{ hosts: Guest[]; problems: string[] }> {
    const guests = await this.#options.read(signal);
    const hosts: Guest[] = [];
    const problems: string[] = [];
    for (const guest of guests) {
      const problem = await this.#problem(guest, guests, signal);
      if (problem === undefined) hosts.push(guest);
      else problems.push(refusedGuest(guest, problem).message);
    }
    return { hosts, problems };
  }

  names = async (signal: AbortSignal): Promise<string[]> =>
    (await this.#options.read(signal)).map(({ name }) => name);

  async #problem(guest: Guest, guests: readonly Guest[], signal: AbortSignal): Promise<string | undefined> {
    const others = guests.filter((one) => one !== guest);
    return await this.#options.guard(guest, others, await this.#around(signal));
  }

  async #around(signal: AbortSignal): Promise<readonly TakenAddress[]> {
    if (this.#told && performance.now() - this.#told.at < FRESH_MS) return this.#told.addresses;
    const addresses = await this.#options.ask(signal);
    if (addresses === undefined)
      throw new AppError(
        "unavailable",
        "No node answers, and without the nodes nobody tells a guest's address from that of a node or the router.",
      );
    this.#told = { at: performance.now(), addresses };
    return addresses;
  }
}
