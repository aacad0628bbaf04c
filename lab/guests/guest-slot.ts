/** The place of one guest: what it is to be, and what it is; each change after the one before has ended. */
import { describeError } from "../../agents/base/errors.ts";
import type { GuestKind } from "../cluster/state.ts";
import { type Console, createConsole } from "./console.ts";
import { insideOf, type LookedInside } from "./guest-inside.ts";
import type { GuestMachine } from "./guest-machine.ts";

const FIRMWARE =
  "SeaBIOS (version rel-1.17.0-0-gb52ca86e094d-prebuilt.qemu.org)\n\nBooting from Hard Disk...\n" +
  "Boot failed: not a bootable disk\n\nNo bootable device.";

export class GuestSlot {
  console: Console = createConsole();
  /** `boot` of its plan; empty for nothing. */
  wanted = "";
  /** The copy whose files it has. */
  using = "";
  machine: GuestMachine | undefined;
  inside: LookedInside | undefined;
  last: Promise<void> = Promise.resolve();
  readonly #ended: () => void;

  /** `ended` is called whenever a machine of it has. */
  constructor(ended: () => void) {
    this.#ended = ended;
  }

  /** What fails is told on its console. `begin` gets a console of its own. */
  become(wanted: string, begin: (slot: GuestSlot) => Promise<void>): void {
    if (this.wanted === wanted) return;
    this.wanted = wanted;
    const change = async () => {
      await this.#end();
      if (wanted === "" || this.wanted !== wanted) return;
      this.console = createConsole();
      await begin(this);
    };
    this.last = this.last
      .then(change)
      .catch((error: unknown) => this.console.say(`lab: ${describeError(error)}`));
  }

  hold(machine: GuestMachine): void {
    this.machine = machine;
    this.inside = insideOf(machine);
  }

  stayOff(kind: GuestKind, problem: string): void {
    if (kind === "qemu") this.console.say(FIRMWARE);
    this.console.say(`lab: this guest does not boot: ${problem}`);
  }

  async #end(): Promise<void> {
    const { machine } = this;
    this.machine = undefined;
    this.inside = undefined;
    try {
      await machine?.computer.shutdown();
      await machine?.close();
    } finally {
      this.using = "";
      this.#ended();
    }
  }
}
