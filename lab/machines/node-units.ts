/** The units of a node: those of every Proxmox VE node, with the state that the cluster or the node keeps, and its own. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { named } from "../cluster/named.ts";
import type { CommandOutcome } from "../cluster/outcome.ts";
import type { NamedUnit } from "../cluster/units.ts";
import { installedUnits } from "../systemd/installed-units.ts";
import {
  type BuiltIn,
  isReloadable,
  stateOf,
  subOf,
  type UnitView,
  unitText,
  vendorFile,
} from "../systemd/unit-view.ts";
import { nextTime, parseOnCalendar } from "./calendar.ts";
import type { ClusterClient } from "./cluster-client.ts";
import type { LabClock } from "./lab-clock.ts";
import { listMachineFolder, readMachineFile } from "./machine-files.ts";
import type { OwnUnits } from "./own-units.ts";
import { isMasked, mask, maskedNames, unmask } from "./unit-masks.ts";

/** Of a unit that only the node knows. */
type Change = { active?: boolean; enabled?: boolean; at: number };

export type UnitProcess = { pid: number; hasFailed: boolean; shown?: { name: string; title: string } };

export type NodeUnitsOptions = {
  /** The node's. */
  directory: string;
  cluster: ClusterClient;
  clock: LabClock;
  /** What it has before anybody has put something there. */
  builtIn: readonly BuiltIn[];
  own: () => OwnUnits | undefined;
  /** What runs of a unit: its main process, 0 for none; whether it has failed. */
  process: (name: string) => UnitProcess;
  /** Of all units. */
  resetFailed: () => void;
  /** Runs `systemctl` for units whose state the cluster keeps. */
  kept: (argv: string[]) => Promise<CommandOutcome>;
  give: (path: string) => void;
};

const FOLDER = "etc/systemd/system";

export class NodeUnits {
  readonly #options: NodeUnitsOptions;
  readonly #file: string;
  readonly #folder: string;
  #booted: number;

  constructor(options: NodeUnitsOptions) {
    this.#options = options;
    this.#file = join(options.directory, "units.json");
    this.#folder = join(options.directory, "root", FOLDER);
    this.#booted = options.clock.now();
  }

  /** The machine has just booted. */
  booted(): void {
    this.#booted = this.now();
  }

  now(): number {
    return this.#options.clock.now();
  }

  own(): OwnUnits | undefined {
    return this.#options.own();
  }

  resetFailed(): void {
    this.own()?.resetFailed();
    this.#options.resetFailed();
  }

  /** Of what it had before anybody had put something there. */
  builtIn(name: string): BuiltIn | undefined {
    return this.#options.builtIn.find((unit) => unit.name === name);
  }

  kept(argv: string[]): Promise<CommandOutcome> {
    return this.#options.kept(argv);
  }

  async views(): Promise<UnitView[]> {
    const { units } = await this.#options.cluster.hardware();
    const own = this.own();
    const names = own?.names() ?? [];
    const changes = this.#changes();
    const root = join(this.#options.directory, "root");
    const installed = installedUnits(root, this.#options.builtIn);
    const builtIn = installed.filter(({ name }) => !names.includes(name));
    return [
      ...builtIn.map((unit) =>
        this.#view(
          unit,
          units.find(({ name }) => `${name}.service` === unit.name),
          named(changes, unit.name),
        ),
      ),
      ...names.flatMap((name) => own?.view(name) ?? []),
      ...this.#maskedOnly(names),
    ].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  isMasked(name: string): boolean {
    return isMasked(this.#folder, name);
  }

  /** As `systemctl cat` shows them below the unit's own file. */
  dropIns(name: string): string {
    const root = join(this.#options.directory, "root");
    const folder = `/${FOLDER}/${name}.d`;
    const files = listMachineFolder(root, folder).filter((file) => file.endsWith(".conf"));
    return files
      .sort()
      .map((file) => `\n# /${FOLDER}/${name}.d/${file}\n${readMachineFile(root, `${folder}/${file}`) ?? ""}`)
      .join("");
  }

  /** Undefined for a unit whose state the cluster does not keep. */
  async enabled(name: string): Promise<boolean | undefined> {
    const { units } = await this.#options.cluster.hardware();
    return units.find((unit) => `${unit.name}.service` === name)?.enabled;
  }

  /** False when it was so already. */
  mask(name: string, masked: boolean): boolean {
    if (!masked) return unmask(this.#folder, name);
    const made = mask(this.#folder, name);
    if (made !== undefined) this.#options.give(made);
    return made !== undefined;
  }

  /** Of one that only the node knows. */
  change(name: string, change: Omit<Change, "at">): void {
    const all = this.#changes();
    writeFileSync(
      this.#file,
      JSON.stringify({ ...all, [name]: { ...all[name], ...change, at: this.now() } }),
    );
  }

  /** As it is to run from now on, whatever its name says. */
  async turn(name: string, active: boolean): Promise<void> {
    const isKept = (await this.enabled(name)) !== undefined;
    if (!isKept) return this.change(name, { active });
    await this.kept(["systemctl", active ? "start" : "stop", name.replace(/\.service$/, "")]);
  }

  #changes(): Record<string, Change> {
    return existsSync(this.#file)
      ? (JSON.parse(readFileSync(this.#file, "utf8")) as Record<string, Change>)
      : {};
  }

  #view(unit: BuiltIn, kept: NamedUnit | undefined, change: Change | undefined): UnitView {
    const { name, description, what } = unit;
    const isActive = kept?.active ?? change?.active ?? unit.sub !== "dead";
    const enabled = kept?.enabled ?? change?.enabled;
    const isMasked = this.isMasked(name);
    const word =
      enabled === undefined || unit.fileState === "static"
        ? unit.fileState
        : enabled
          ? "enabled"
          : "disabled";
    const calendar = name.endsWith(".timer") && isActive ? parseOnCalendar(what) : undefined;
    const hasProcess = isActive && subOf(name, unit) === "running" && name.endsWith(".service");
    const changed = kept ? Date.parse(kept.since) : (change?.at ?? 0);
    const { pid, hasFailed, shown } = this.#options.process(name);
    return {
      ...{ name, description, load: isMasked ? "masked" : "loaded", text: unitText(unit) },
      ...stateOf(unit, isActive, hasFailed),
      since: Math.max(changed, this.#booted),
      fileState: isMasked ? "masked" : word,
      fragment: isMasked ? `/${FOLDER}/${name}` : vendorFile(name),
      pid: hasProcess ? pid : 0,
      ...(shown && { process: shown }),
      canReload: kept?.canReload ?? isReloadable(name),
      next: calendar ? nextTime(calendar, this.now()) : undefined,
    };
  }

  /** Names that are masked and nothing else. */
  #maskedOnly(own: readonly string[]): UnitView[] {
    const known = new Set([...own, ...this.#options.builtIn.map(({ name }) => name)]);
    const names = maskedNames(this.#folder).filter((name) => !known.has(name));
    return names.map((name) => ({
      ...{ name, description: name, load: "masked", active: "inactive", sub: "dead", fileState: "masked" },
      ...{ fragment: `/${FOLDER}/${name}`, text: "", pid: 0, since: this.now(), canReload: false },
    }));
  }
}
