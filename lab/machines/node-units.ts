/** The units of a node: those of every Proxmox VE node, with the state that the cluster or the node keeps, and its own. */

import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { named } from "../cluster/named.ts";
import type { CommandOutcome } from "../cluster/outcome.ts";
import type { NamedUnit } from "../cluster/units.ts";
import {
  type BuiltIn,
  builtInUnits,
  isReloadable,
  subOf,
  type UnitView,
  unitText,
} from "../systemd/unit-view.ts";
import { nextTime, parseOnCalendar } from "./calendar.ts";
import type { ClusterClient } from "./cluster-client.ts";
import type { LabClock } from "./lab-clock.ts";
import type { OwnUnits } from "./own-units.ts";

/** Of a unit that only the node knows. */
type Change = { active?: boolean; enabled?: boolean; at: number };

export type NodeUnitsOptions = {
  /** The node's. */
  directory: string;
  cluster: ClusterClient;
  clock: LabClock;
  own: () => OwnUnits | undefined;
  /** Runs `systemctl` for units whose state the cluster keeps. */
  kept: (argv: string[]) => Promise<CommandOutcome>;
  give: (path: string) => void;
};

const FOLDER = "etc/systemd/system";

export class NodeUnits {
  readonly #options: NodeUnitsOptions;
  readonly #file: string;

  constructor(options: NodeUnitsOptions) {
    this.#options = options;
    this.#file = join(options.directory, "units.json");
  }

  now(): number {
    return this.#options.clock.now();
  }

  own(): OwnUnits | undefined {
    return this.#options.own();
  }

  kept(argv: string[]): Promise<CommandOutcome> {
    return this.#options.kept(argv);
  }

  async views(): Promise<UnitView[]> {
    const { units } = await this.#options.cluster.hardware();
    const own = this.own();
    const names = own?.names() ?? [];
    const changes = this.#changes();
    const builtIn = builtInUnits().filter(({ name }) => !names.includes(name));
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
    const place = join(this.#options.directory, "root", FOLDER, name);
    return (
      lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true &&
      readlinkSync(place) === "/dev/null"
    );
  }

  /** As `systemctl cat` shows them below the unit's own file. */
  dropIns(name: string): string {
    const folder = join(this.#options.directory, "root", FOLDER, `${name}.d`);
    const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".conf")) : [];
    return files
      .sort()
      .map((file) => `\n# /${FOLDER}/${name}.d/${file}\n${readFileSync(join(folder, file), "utf8")}`)
      .join("");
  }

  /** Undefined for a unit whose state the cluster does not keep. */
  async enabled(name: string): Promise<boolean | undefined> {
    const { units } = await this.#options.cluster.hardware();
    return units.find((unit) => `${unit.name}.service` === name)?.enabled;
  }

  /** False when it was so already. */
  mask(name: string, isMasked: boolean): boolean {
    if (this.isMasked(name) === isMasked) return false;
    const place = join(this.#options.directory, "root", FOLDER, name);
    if (!isMasked) rmSync(place);
    else if (existsSync(place)) return false;
    else {
      mkdirSync(join(this.#options.directory, "root", FOLDER), { recursive: true });
      symlinkSync("/dev/null", place);
      this.#options.give(place);
    }
    return true;
  }

  /** Of one that only the node knows. */
  change(name: string, change: Omit<Change, "at">): void {
    const all = this.#changes();
    writeFileSync(
      this.#file,
      JSON.stringify({ ...all, [name]: { ...all[name], ...change, at: this.now() } }),
    );
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
    const since = kept ? Date.parse(kept.since) : (change?.at ?? this.now() - 60_000);
    return {
      ...{ name, description, load: isMasked ? "masked" : "loaded", since, text: unitText(unit) },
      ...{ active: isActive ? "active" : "inactive", sub: isActive ? runningSub(unit) : "dead" },
      fileState: isMasked ? "masked" : word,
      fragment: isMasked ? `/${FOLDER}/${name}` : `/usr/lib/systemd/system/${name}`,
      pid: hasProcess ? (kept?.pid ?? 400 + builtInUnits().indexOf(unit) * 7) : 0,
      canReload: kept?.canReload ?? isReloadable(name),
      next: calendar ? nextTime(calendar, this.now()) : undefined,
    };
  }

  /** Names that are masked and nothing else. */
  #maskedOnly(own: readonly string[]): UnitView[] {
    const folder = join(this.#options.directory, "root", FOLDER);
    const known = new Set([...own, ...builtInUnits().map(({ name }) => name)]);
    const names = existsSync(folder)
      ? readdirSync(folder).filter((name) => !known.has(name) && this.isMasked(name))
      : [];
    return names.map((name) => ({
      ...{ name, description: name, load: "masked", active: "inactive", sub: "dead", fileState: "masked" },
      ...{ fragment: `/${FOLDER}/${name}`, text: "", pid: 0, since: this.now(), canReload: false },
    }));
  }
}

function runningSub(unit: BuiltIn): string {
  return unit.sub === "dead" ? subOf(unit.name, unit) : unit.sub;
}
