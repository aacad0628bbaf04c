/**
 * One tool call as a thing: its name, its signal, whether it may still act, and one end that reaches whatever it has
 * begun - processes here, its run folder, commands on hosts. What cannot be found by the name alone is written down
 * before it is touched, so that a later life of the agent ends it as well.
 */
import type { Permit } from "../../base/permit.ts";
import * as folders from "./call-folder.ts";
import { type CallId, callIdOf, isCallOf, type TurnId } from "./call-id.ts";

/** Between two attempts to end what could not be ended: a host did not confirm it. */
const RETRY_MS = 5_000;

export type CallsOptions = {
  /** Where calls keep what they need after a crash: a folder of this agent alone, out of reach of commands. */
  directory: string;
  permit: Permit;
  /** End the processes of a call on this machine and forget their results; remove its run folder. In this order. */
  local: readonly ((id: CallId) => Promise<void>)[];
  /** End what a call has left on a host. False when the host did not confirm it. */
  endOnHost: (host: string, id: CallId) => Promise<boolean>;
};

/** The calls of one agent, of this life and of earlier ones. */
export class Calls {
  readonly #options: CallsOptions;

  constructor(options: CallsOptions) {
    this.#options = options;
  }

  /** The call of this name, also when an earlier life began it. `name` tells the calls of a turn apart. */
  open(turn: TurnId, name: string, signal: AbortSignal): Call {
    return new Call({ ...this.#options, id: callIdOf(turn, name), signal });
  }

  /** End all that earlier lives and this one have left of a turn, and what is too old to be of use. */
  async endTurn(turn: TurnId): Promise<void> {
    const left = folders.listCalls(this.#options.directory);
    await this.#end(left.filter(({ id, isOld }) => isOld || isCallOf(turn, id)).map(({ id }) => id));
  }

  /** From now on try again to end what could not be ended, by this life or an earlier one; returns the way to stop. */
  keepEnding(): () => void {
    const timer = setInterval(() => void this.#endAgain().catch(() => {}), RETRY_MS).unref(); // it is tried again
    return () => clearInterval(timer);
  }

  async #endAgain(): Promise<void> {
    const { directory } = this.#options;
    const ids = folders.listCalls(directory).map(({ id }) => id);
    await this.#end(ids.filter((id) => folders.isEnding(directory, id)));
  }

  async #end(ids: readonly CallId[]): Promise<void> {
    const signal = new AbortController().signal;
    await Promise.all(ids.map((id) => new Call({ ...this.#options, id, signal }).end()));
  }
}

export class Call {
  readonly id: CallId;
  readonly signal: AbortSignal;
  /** Asked right before each effect. */
  readonly permit: Permit;
  readonly #options: CallsOptions;

  constructor(options: CallsOptions & { id: CallId; signal: AbortSignal }) {
    this.id = options.id;
    this.signal = options.signal;
    this.permit = options.permit;
    this.#options = options;
  }

  /** To be asked before something is begun that only this call's end takes away: it leaves a trace of the call. */
  begin(): void {
    folders.makeCall(this.#options.directory, this.id);
    folders.unmarkEnding(this.#options.directory, this.id);
  }

  /** Before a host is touched: from now on the end of this call reaches it. */
  touch(host: string): void {
    this.begin();
    folders.addHost(this.#options.directory, this.id, host);
  }

  /** What the call did there has come to its own end, and is known. */
  settle(host: string): void {
    folders.removeHost(this.#options.directory, this.id, host);
  }

  /**
   * Afterwards nothing of the call is left, and nothing of it is known. The names of hosts that did not confirm it are
   * returned; `keepEnding` tries them again, and so does the next life. Whoever was succeeded ends nothing.
   */
  async end(): Promise<readonly string[]> {
    const { directory, local, endOnHost } = this.#options;
    if (!folders.hasCall(directory, this.id) || !isPermitted(this.permit)) return [];
    folders.markEnding(directory, this.id);
    for (const end of local) await end(this.id);
    const hosts = folders.hostsOf(directory, this.id);
    const isEnded = await Promise.all(hosts.map((host) => endOnHost(host, this.id)));
    const left = hosts.filter((_, index) => !isEnded[index]);
    if (left.length === 0) await folders.removeCall(directory, this.id);
    return left;
  }
}

/** Whether this process is still the one whose calls these are. */
function isPermitted(permit: Permit): boolean {
  try {
    permit();
    return true;
  } catch {
    return false; // whoever adopts the call ends it
  }
}
