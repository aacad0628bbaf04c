/**
 * Timers and services that somebody has put on a machine: files of /etc/systemd/system, and what `systemd-run` has made
 * until the next boot. Timers elapse on the lab's clock.
 */
import { existsSync, lutimesSync, statSync } from "node:fs";
import { join } from "node:path";
import { subOf, type UnitView } from "../systemd/unit-view.ts";
import type { LabClock } from "./lab-clock.ts";
import type { Machine } from "./machine.ts";
import { writeMachineFile } from "./machine-files.ts";
import { OwnUnitFiles } from "./own-unit-files.ts";
import { type Services, servicesOf } from "./services.ts";
import { createTimer, type Timer } from "./timer.ts";
import { parseUnitFile, type UnitFile, valuesOf } from "./unit-file.ts";

const STAMPS = "var/lib/systemd/timers";

export type OwnUnitsOptions = { machine: Machine; clock: LabClock; own: (path: string) => void };

export class OwnUnits {
  readonly #options: OwnUnitsOptions;
  readonly #services: Services;
  /** The files of the units, and what enables them. */
  readonly files: OwnUnitFiles;
  readonly #booted: number;
  readonly #timers = new Map<string, Timer>();
  readonly #transient = new Map<string, UnitFile>();
  readonly #changes = new Map<string, { at: number; failed: boolean }>();
  readonly #registration: ReturnType<LabClock["add"]>;

  constructor(options: OwnUnitsOptions) {
    this.#options = options;
    this.#services = servicesOf(options.machine);
    this.files = new OwnUnitFiles(options.machine.root, options.own);
    this.#booted = options.clock.now();
    this.#registration = options.clock.add({
      next: () =>
        [...this.#timers.values()].reduce<number | undefined>((a, { next }) => earlier(a, next()), undefined),
      run: (now) => this.#elapse(now),
    });
  }

  /** Starts what is enabled. */
  async boot(): Promise<void> {
    for (const name of this.files.wantedBy(["timers.target", "multi-user.target"]))
      if (this.has(name)) await this.start(name);
  }

  close(): void {
    this.#registration.remove();
  }

  /** Of the machine's own, by its full name. */
  has(name: string): boolean {
    return this.#fileOf(name) !== undefined;
  }

  /** Made by systemd-run: gone with the next boot. */
  addTransient(name: string, text: string): void {
    this.#transient.set(name, parseUnitFile(text));
  }

  /** Of everything that somebody has put there. */
  names(): string[] {
    return [...new Set([...this.files.names(), ...this.#transient.keys()])];
  }

  view(name: string): UnitView | undefined {
    const file = this.#fileOf(name);
    if (!file) return undefined;
    const isActive = this.isActive(name);
    const { at, failed } = this.#changes.get(name) ?? { at: this.#booted, failed: false };
    const active = isActive ? "active" : failed ? "failed" : "inactive";
    const sub = isActive ? subOf(name) : failed ? "failed" : "dead";
    const isInstalled = [...(file.get("Install")?.values() ?? [])].length > 0;
    const fileState = this.files.isEnabled(name) ? "enabled" : isInstalled ? "disabled" : "static";
    return {
      ...{ name, load: "loaded", active, sub, since: at, pid: this.#services.pid(name) },
      description: valuesOf(file, "Unit", "Description").at(-1) ?? name,
      fileState: this.#transient.has(name) ? "transient" : fileState,
      fragment: this.#transient.has(name) ? `/run/systemd/transient/${name}` : this.files.fragment(name),
      text: this.files.text(name),
      canReload: valuesOf(file, "Service", "ExecReload").length > 0,
      next: this.#timers.get(name)?.next(),
    };
  }

  resetFailed(): void {
    for (const change of this.#changes.values()) change.failed = false;
  }

  /** Empty, or why not. */
  async start(name: string): Promise<string> {
    const complaint = await this.#start(name);
    this.#changes.set(name, { at: this.#options.clock.now(), failed: complaint !== "" });
    return complaint;
  }

  async #start(name: string): Promise<string> {
    const file = this.#fileOf(name);
    if (!file) return `Unit ${name} not found.`;
    if (!name.endsWith(".timer")) return this.#services.start(name, file);
    if (this.#timers.has(name)) return "";
    const stamp = join(this.#options.machine.root, STAMPS, `stamp-${name}`);
    const last = existsSync(stamp) ? statSync(stamp).mtimeMs : undefined;
    const now = this.#options.clock.now();
    const timer = createTimer(name, file, { booted: this.#booted, activated: now, last });
    if (typeof timer === "string") return timer;
    this.#timers.set(name, timer);
    if (timer.persistent && last === undefined) this.#stamp(name, now);
    this.#registration.changed();
    return "";
  }

  async stop(name: string): Promise<void> {
    this.#changes.set(name, { at: this.#options.clock.now(), failed: false });
    await this.#services.stop(name);
    this.#timers.delete(name);
    if (name.endsWith(".timer")) this.#transient.delete(name);
    this.#registration.changed();
  }

  /** Empty, or why not. */
  async reload(name: string): Promise<string> {
    const file = this.#fileOf(name);
    return file ? this.#services.reload(name, file) : `Unit ${name} not found.`;
  }

  isActive(name: string): boolean {
    return this.#timers.has(name) || this.#services.isActive(name);
  }

  async #elapse(now: number): Promise<void> {
    for (const [name, timer] of [...this.#timers]) {
      if ((timer.next() ?? Number.POSITIVE_INFINITY) > now) continue;
      timer.elapse(now);
      if (timer.persistent) this.#stamp(name, now);
      const file = this.#fileOf(timer.unit);
      if (file) await this.start(timer.unit);
      await this.#services.settled(timer.unit);
      if (this.#transient.has(name) && timer.next() === undefined) await this.stop(name);
    }
  }

  #fileOf(name: string): UnitFile | undefined {
    return this.#transient.get(name) ?? this.files.read(name);
  }

  #stamp(name: string, now: number): void {
    const { root } = this.#options.machine;
    const path = join(root, STAMPS, `stamp-${name}`);
    if (!writeMachineFile(root, `/${STAMPS}/stamp-${name}`, { text: "" })) return;
    lutimesSync(path, now / 1000, now / 1000);
    this.#options.own(path);
  }
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
