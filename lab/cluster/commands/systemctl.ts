/** `systemctl`: the units of a node. Output and exit codes as of systemd 257, as far as people and Ansible read them. */
import { type CommandOutcome, failed, notSimulated, succeeded } from "../outcome.ts";
import { changeUnit, type NamedUnit, unitOf } from "../units.ts";
import type { Run } from "./run.ts";
import { readSystemctl, type SystemctlArgs } from "./systemctl-args.ts";
import { listUnitFiles, listUnits, show, status } from "./systemctl-show.ts";

type Verb = (run: Run, args: SystemctlArgs) => CommandOutcome;

const VERBS: Readonly<Record<string, Verb>> = {
  status: (run, args) => status(run, args),
  show: (run, args) => show(run, args),
  "list-units": (run) => listUnits(run),
  "list-unit-files": (run, args) => listUnitFiles(run, args),
  "is-active": (run, args) =>
    ask(run, args, (unit) => (unit?.active ? ["active", 0] : ["inactive", unit ? 3 : 4])),
  "is-failed": (run, args) => ask(run, args, (unit) => [unit?.active ? "active" : "inactive", 1]),
  "is-enabled": (run, args) =>
    ask(run, args, (unit) =>
      unit ? [unit.enabled ? "enabled" : "disabled", unit.enabled ? 0 : 1] : ["not-found", 4],
    ),
  "is-system-running": () => succeeded("running\n"),
  "daemon-reload": () => succeeded(),
  "daemon-reexec": () => succeeded(),
  start: (run, args) => changeEach(run, args, { active: true }),
  stop: (run, args) => changeEach(run, args, { active: false }),
  restart: (run, args) => changeEach(run, args, { active: true }),
  "reload-or-restart": (run, args) => changeEach(run, args, { active: true }),
  reload: (run, args) => reload(run, args),
  enable: (run, args) => enable(run, args, true),
  disable: (run, args) => enable(run, args, false),
};

export function systemctl(run: Run): CommandOutcome {
  const args = readSystemctl(run.argv.slice(1));
  if (args.kind === "unknown") return failed(1, `systemctl: unrecognized option '${args.option}'`);
  if (args.kind === "version") return succeeded("systemd 257 (257.9-1~deb13u1)\n");
  const verb = Object.hasOwn(VERBS, args.verb) ? VERBS[args.verb] : undefined;
  return verb ? verb(run, args) : notSimulated(`systemctl ${args.verb}`, 1);
}

/** The worst exit code of all units counts. */
function ask(
  run: Run,
  args: SystemctlArgs,
  answer: (unit: NamedUnit | undefined) => [string, number],
): CommandOutcome {
  if (args.units.length === 0) return failed(1, "Too few arguments.");
  const answers = args.units.map((name) => answer(unitOf(run.api.store.state(), run.node, name)));
  const stdout = args.quiet ? "" : answers.map(([word]) => `${word}\n`).join("");
  return { exitCode: Math.max(...answers.map(([, code]) => code)), stdout, stderr: "" };
}

function changeEach(
  run: Run,
  args: SystemctlArgs,
  change: { active?: boolean; enabled?: boolean },
): CommandOutcome {
  if (args.units.length === 0) return failed(1, "Too few arguments.");
  const {
    api: { store },
    node,
  } = run;
  const outcomes = args.units.map((name) => {
    const unit = unitOf(store.state(), node, name);
    if (!unit) return missingUnit(args.verb, name);
    const { active, ...rest } = change;
    const isSo = active === unit.active && !args.verb.includes("restart");
    store.change((draft) =>
      changeUnit(draft, { node, unit: unit.name, now: store.now() }, isSo ? rest : change),
    );
    return succeeded();
  });
  return journal(run, args, outcomes.find(({ exitCode }) => exitCode !== 0) ?? succeeded());
}

function reload(run: Run, args: SystemctlArgs): CommandOutcome {
  const units = args.units.map((name) => ({ name, unit: unitOf(run.api.store.state(), run.node, name) }));
  const refused = units
    .map(({ name, unit }) => refuseReload(name, unit))
    .find((outcome) => outcome !== undefined);
  if (units.length === 0) return failed(1, "Too few arguments.");
  return journal(run, args, refused ?? succeeded());
}

function refuseReload(name: string, unit: NamedUnit | undefined): CommandOutcome | undefined {
  if (!unit) return missingUnit("reload", name);
  if (!unit.active) return failed(1, `${unit.name}.service is not active, cannot reload.`);
  if (unit.canReload) return undefined;
  return failed(
    1,
    `Failed to reload ${unit.name}.service: Job type reload is not applicable for unit ${unit.name}.service.`,
  );
}

function enable(run: Run, args: SystemctlArgs, enabled: boolean): CommandOutcome {
  return changeEach(run, args, args.now ? { enabled, active: enabled } : { enabled });
}

function missingUnit(verb: string, name: string): CommandOutcome {
  const full = name.includes(".") ? name : `${name}.service`;
  if (verb === "enable" || verb === "disable")
    return failed(1, `Failed to ${verb} unit: Unit ${full} does not exist`);
  return failed(5, `Failed to ${verb} ${full}: Unit ${full} not found.`);
}

function journal(run: Run, args: SystemctlArgs, outcome: CommandOutcome): CommandOutcome {
  const {
    node,
    argv,
    api: { store },
  } = run;
  const entry = { node, operation: `systemctl ${args.verb}`, target: args.units.join(" "), argv: [...argv] };
  store.record({ ...entry, exitCode: outcome.exitCode });
  return outcome;
}
