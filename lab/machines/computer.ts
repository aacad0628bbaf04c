/**
 * A machine with what runs in it, from one boot to the next: OpenSSH, services, forwarders into it. It boots and ends like
 * a computer, by itself or by the lab; its files stay.
 */
import { EventEmitter } from "node:events";
import { closeAll } from "./close-all.ts";
import type { Machine } from "./machine.ts";
import { type MachineOptions, startMachine } from "./start-machine.ts";

/** Something that runs in a machine while that is up. */
export type Part = {
  /** In the order of the parts; a part that cannot start is left out, as at any boot. */
  start(machine: Machine): Promise<(() => Promise<void>) | undefined>;
};

type Up = { machine: Machine; end: () => Promise<void> };

export class Computer {
  readonly #options: MachineOptions;
  readonly #parts: readonly Part[];
  readonly #events = new EventEmitter<{ booted: []; off: [] }>();
  #up: Up | undefined;
  /** One change of what it is at a time. */
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: MachineOptions, parts: readonly Part[]) {
    this.#options = options;
    this.#parts = parts;
  }

  /** Throws what startMachine throws. Does nothing while it is up. */
  boot(): Promise<void> {
    return this.#then(() => this.#boot());
  }

  /** Ends its processes, as `shutdown` does. */
  shutdown(): Promise<void> {
    return this.#then(async () => {
      await this.#shutdown();
      this.#events.emit("off");
    });
  }

  reboot(): Promise<void> {
    return this.#then(async () => {
      await this.#shutdown();
      await this.#boot();
    });
  }

  /** As a power failure. */
  cut(): Promise<void> {
    return this.#then(async () => {
      await this.#end();
      this.#events.emit("off");
    });
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.cut();
  }

  /** Undefined while it is off. */
  get machine(): Machine | undefined {
    return this.#up?.machine;
  }

  /** Settles at the next boot that has ended. */
  nextBoot(): Promise<void> {
    return new Promise((resolve) => this.#events.once("booted", resolve));
  }

  /** `boot`: whenever it has booted; `off`: whenever it was shut down or cut, and has not begun anew. */
  on(event: "booted" | "off", listener: () => void): void {
    this.#events.on(event, listener);
  }

  #then(change: () => Promise<void>): Promise<void> {
    const next = this.#last.then(change, change);
    this.#last = next.catch(() => {});
    return next;
  }

  async #boot(): Promise<void> {
    if (this.#up || this.#isClosed) return;
    const machine = await startMachine(this.#options);
    const enders = [machine.close];
    this.#up = { machine, end: closeAll(enders) };
    for (const part of this.#parts) {
      const end = await part.start(machine);
      if (end) enders.push(end);
    }
    this.#events.emit("booted");
  }

  async #shutdown(): Promise<void> {
    await this.#up?.machine.init.shutdown();
    await this.#end();
  }

  async #end(): Promise<void> {
    const up = this.#up;
    this.#up = undefined;
    await up?.end();
  }
}
