/** What `systemctl` changes: starts, stops, enables and masks units, each by whoever keeps it; words as of systemd 257. */

import type { SystemctlArgs } from "../cluster/commands/systemctl-args.ts";
import { named } from "../cluster/named.ts";
import { type CommandOutcome, failed, notSimulated, succeeded } from "../cluster/outcome.ts";
import { fullName } from "../systemd/unit-view.ts";
import type { NodeUnits } from "./node-units.ts";
import { changeOwnUnit } from "./own-units-commands.ts";

const STARTING = ["start", "restart", "reload-or-restart", "reload", "try-restart"];

export async function changeUnits(
  units: NodeUnits,
  args: SystemctlArgs,
  argv: readonly string[],
): Promise<CommandOutcome> {
  const outcomes: CommandOutcome[] = [];
  for (const word of args.units) outcomes.push(await changeUnit(units, { ...args, units: [word] }, argv));
  return {
    exitCode: Math.max(...outcomes.map(({ exitCode }) => exitCode)),
    stdout: outcomes.map(({ stdout }) => stdout).join(""),
    stderr: outcomes.map(({ stderr }) => stderr).join(""),
  };
}

async function changeUnit(
  units: NodeUnits,
  args: SystemctlArgs,
  argv: readonly string[],
): Promise<CommandOutcome> {
  const { verb, now } = args;
  const name = fullName(args.units[0] ?? "");
  const builtIn = units.builtIn(name);
  const own = units.own();
  if (verb === "mask" || verb === "unmask")
    return mask(units, name, { isMasked: verb === "mask", now, argv });
  if (units.isMasked(name)) {
    if (STARTING.includes(verb)) return failed(1, `Failed to ${verb} ${name}: Unit ${name} is masked.`);
    if (verb === "enable")
      return failed(1, `Failed to enable unit: Unit file /etc/systemd/system/${name} is masked.`);
  }
  if (own?.has(name)) return changeOwnUnit(own, name, args);
  if (builtIn && !(await units.views()).some((view) => view.name === name)) return gone(verb, name);
  if (!builtIn || (await units.enabled(name)) !== undefined)
    return keptUnit(units, { name, args, argv, target: builtIn?.target ?? "" });
  const isActive = (await units.views()).some((view) => view.name === name && view.active === "active");
  return changeBuiltIn(units, name, { ...args, isActive });
}

/** Of a service whose package has been removed. */
function gone(verb: string, name: string): CommandOutcome {
  if (STARTING.includes(verb) || verb === "stop")
    return failed(5, `Failed to ${verb} ${name}: Unit ${name} not found.`);
  return failed(1, `Failed to ${verb} unit: Unit ${name} does not exist`);
}

async function mask(
  units: NodeUnits,
  name: string,
  how: { isMasked: boolean; now: boolean; argv: readonly string[] },
): Promise<CommandOutcome> {
  const place = `/etc/systemd/system/${name}`;
  const isKnown = (await units.views()).some((view) => view.name === name);
  const note = isKnown || !how.isMasked ? "" : `Unit ${name} does not exist, proceeding anyway.\n`;
  if (how.isMasked && units.own()?.has(name) && !units.own()?.files.fragment(name).startsWith("/usr/"))
    return failed(1, `Failed to mask unit: File '${place}' already exists.`);
  if (how.isMasked && how.now) await changeUnits(units, { ...stopping(name) }, ["systemctl", "stop", name]);
  if (!units.mask(name, how.isMasked)) return succeeded("", note);
  return succeeded(
    "",
    note + (how.isMasked ? `Created symlink '${place}' → '/dev/null'.\n` : `Removed '${place}'.\n`),
  );
}

function stopping(name: string): SystemctlArgs {
  return {
    ...{ kind: "verb", verb: "stop", units: [name], properties: [], types: [], states: [] },
    ...{ quiet: false, now: false, all: false, noLegend: false, plain: false, valueOnly: false },
  };
}

type Kept = { name: string; args: SystemctlArgs; argv: readonly string[]; target: string };

/** By the cluster, which also says what it does not know. */
async function keptUnit(units: NodeUnits, { name, args, argv, target }: Kept): Promise<CommandOutcome> {
  const { verb } = args;
  const alike: Readonly<Record<string, string>> = {
    "try-restart": "restart",
    condrestart: "restart",
    "try-reload-or-restart": "reload-or-restart",
    reenable: "enable",
    kill: "stop",
  };
  const options = argv.slice(1).filter((word) => word === "--now");
  const before = await units.enabled(name);
  const outcome = await units.kept([
    "systemctl",
    named(alike, verb) ?? verb,
    ...options,
    name.replace(/\.service$/, ""),
  ]);
  if (outcome.exitCode !== 0 || target === "") return outcome;
  const link = `/etc/systemd/system/${target}.wants/${name}`;
  if (verb === "enable" && before === false)
    return succeeded("", `Created symlink '${link}' → '/usr/lib/systemd/system/${name}'.\n`);
  return verb === "disable" && before === true ? succeeded("", `Removed '${link}'.\n`) : outcome;
}

type Change = Pick<SystemctlArgs, "verb" | "now"> & { isActive: boolean };

function changeBuiltIn(units: NodeUnits, name: string, { verb, now, isActive }: Change): CommandOutcome {
  const unit = units.builtIn(name);
  const link = `/etc/systemd/system/${unit?.target}.wants/${name}`;
  switch (verb) {
    case "start":
      if (!isActive) units.change(name, { active: true });
      return succeeded();
    case "restart":
    case "reload-or-restart":
      units.change(name, { active: true });
      return succeeded();
    case "try-restart":
    case "condrestart":
      if (isActive) units.change(name, { active: true });
      return succeeded();
    case "reload":
      return isActive ? succeeded() : failed(1, `${name} is not active, cannot reload.`);
    case "stop":
    case "kill":
      units.change(name, { active: false });
      return succeeded();
    case "enable":
      units.change(name, now ? { enabled: true, active: true } : { enabled: true });
      return succeeded(
        "",
        unit?.target ? `Created symlink '${link}' → '/usr/lib/systemd/system/${name}'.\n` : "",
      );
    case "disable":
      units.change(name, now ? { enabled: false, active: false } : { enabled: false });
      return succeeded("", unit?.target ? `Removed '${link}'.\n` : "");
    default:
      return notSimulated(`systemctl ${verb} ${name}`, 1);
  }
}
