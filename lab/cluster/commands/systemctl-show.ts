/** What `systemctl` shows of units: status for people, properties for programs, lists. */
import { type CommandOutcome, failed, succeeded } from "../outcome.ts";
import { type NamedUnit, unitOf, unitsOf } from "../units.ts";
import type { Run } from "./run.ts";
import type { SystemctlArgs } from "./systemctl-args.ts";

export function status(run: Run, args: SystemctlArgs): CommandOutcome {
  if (args.units.length === 0) return listUnits(run);
  const blocks = args.units.map((name) => statusOf(name, unitOf(run.api.store.state(), run.node, name)));
  const stdout = blocks
    .map((block) => block.stdout)
    .filter(Boolean)
    .join("\n");
  const exitCode = blocks.find((block) => block.exitCode !== 0)?.exitCode ?? 0;
  return { exitCode, stdout, stderr: blocks.map((block) => block.stderr).join("") };
}

export function show(run: Run, args: SystemctlArgs): CommandOutcome {
  if (args.units.length === 0) return succeeded("Version=257\nSystemState=running\n");
  const blocks = args.units.map((name) => {
    const all = Object.entries(propertiesOf(name, unitOf(run.api.store.state(), run.node, name)));
    const wanted = all.filter(([key]) => args.properties.length === 0 || args.properties.includes(key));
    return wanted.map(([key, value]) => (args.valueOnly ? `${value}\n` : `${key}=${value}\n`)).join("");
  });
  return succeeded(blocks.join("\n"));
}

export function listUnits(run: Run): CommandOutcome {
  const rows = unitsOf(run.api.store.state(), run.node).filter((unit) => unit.active);
  const lines = rows.map(
    (unit) => `  ${`${unit.name}.service`.padEnd(24)} loaded active running ${unit.description}\n`,
  );
  return succeeded(`  ${"UNIT".padEnd(24)} LOAD   ACTIVE SUB     DESCRIPTION\n${lines.join("")}`);
}

export function listUnitFiles(run: Run, args: SystemctlArgs): CommandOutcome {
  const patterns = args.units.map((name) => name.replace(/\*$/, ""));
  const rows = unitsOf(run.api.store.state(), run.node).filter(
    (unit) => patterns.length === 0 || patterns.some((pattern) => `${unit.name}.service`.startsWith(pattern)),
  );
  const lines = rows.map(
    (unit) => `${`${unit.name}.service`.padEnd(24)} ${enabledWord(unit).padEnd(8)} enabled\n`,
  );
  const stdout = `${"UNIT FILE".padEnd(24)} STATE    PRESET\n${lines.join("")}\n${rows.length} unit files listed.\n`;
  return { exitCode: rows.length > 0 ? 0 : 1, stdout, stderr: "" };
}

function statusOf(name: string, unit: NamedUnit | undefined): CommandOutcome {
  if (!unit) return failed(4, `Unit ${name.includes(".") ? name : `${name}.service`} could not be found.`);
  const since = `since ${systemdTime(unit.since)}`;
  const lines = [
    `${unit.active ? "●" : "○"} ${unit.name}.service - ${unit.description}`,
    `     Loaded: loaded (/usr/lib/systemd/system/${unit.name}.service; ${enabledWord(unit)}; preset: enabled)`,
    unit.active ? `     Active: active (running) ${since}` : `     Active: inactive (dead) ${since}`,
    ...(unit.active ? [`   Main PID: ${unit.pid} (${unit.name})`] : []),
  ];
  return { exitCode: unit.active ? 0 : 3, stdout: `${lines.join("\n")}\n`, stderr: "" };
}

function propertiesOf(name: string, unit: NamedUnit | undefined): Record<string, string> {
  if (!unit) {
    const id = name.includes(".") ? name : `${name}.service`;
    return {
      Id: id,
      Names: id,
      LoadState: "not-found",
      ActiveState: "inactive",
      SubState: "dead",
      Description: id,
    };
  }
  return {
    Type: "notify",
    MainPID: String(unit.pid),
    Id: `${unit.name}.service`,
    Names: `${unit.name}.service`,
    Description: unit.description,
    LoadState: "loaded",
    ActiveState: unit.active ? "active" : "inactive",
    SubState: unit.active ? "running" : "dead",
    FragmentPath: `/usr/lib/systemd/system/${unit.name}.service`,
    UnitFileState: enabledWord(unit),
    ActiveEnterTimestamp: systemdTime(unit.since),
    CanReload: unit.canReload ? "yes" : "no",
  };
}

function enabledWord(unit: NamedUnit): string {
  return unit.enabled ? "enabled" : "disabled";
}

/** `Thu 2026-02-26 15:22:49 UTC`. */
export function systemdTime(iso: string): string {
  const weekday = new Date(iso).toUTCString().slice(0, 3);
  return `${weekday} ${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}
