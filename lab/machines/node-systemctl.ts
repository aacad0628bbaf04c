/** `systemctl` of a node: what every node has, what packages and people have put there, one list of both. */
import { readSystemctl, type SystemctlArgs } from "../cluster/commands/systemctl-args.ts";
import { type CommandOutcome, failed, notSimulated, succeeded } from "../cluster/outcome.ts";
import { listSockets, listTimers, listUnitFiles, listUnits } from "../systemd/unit-lists.ts";
import { catUnits, showUnit, statusOf } from "../systemd/unit-properties.ts";
import { fullName, type UnitView } from "../systemd/unit-view.ts";
import { changeUnits } from "./change-units.ts";
import type { NodeUnits } from "./node-units.ts";

const NOTHING_TO_DO = [
  "daemon-reload",
  "daemon-reexec",
  "reset-failed",
  "set-property",
  "set-environment",
  "import-environment",
];
const CHANGES =
  "start stop restart reload try-restart condrestart reload-or-restart try-reload-or-restart kill enable disable reenable mask unmask preset".split(
    " ",
  );

/** Exit codes and words as of systemd 257. */
export async function nodeSystemctl(units: NodeUnits, argv: readonly string[]): Promise<CommandOutcome> {
  const args = readSystemctl(argv.slice(1));
  if (args.kind === "unknown") return failed(1, `systemctl: unrecognized option '${args.option}'`);
  if (args.kind === "version") return succeeded("systemd 257 (257.9-1~deb13u1)\n");
  if (CHANGES.includes(args.verb))
    return args.units.length === 0 ? failed(1, "Too few arguments.") : changeUnits(units, args, argv);
  if (args.verb === "reset-failed") units.resetFailed();
  if (NOTHING_TO_DO.includes(args.verb)) return succeeded();
  const views = await units.views();
  if (args.verb === "cat" && args.units.length > 0)
    return catUnits(
      args.units
        .map(fullName)
        .map((name) => [name, views.find((view) => view.name === name), units.dropIns(name)]),
    );
  return shown(args, views, units.now()) ?? asked(args, views);
}

function shown(args: SystemctlArgs, views: readonly UnitView[], now: number): CommandOutcome | undefined {
  const filter = { patterns: args.units, ...args };
  const named = () =>
    args.units.map((word) => [fullName(word), views.find(({ name }) => name === fullName(word))] as const);
  switch (args.verb) {
    case "list-units":
      return listUnits(views, filter);
    case "list-unit-files":
      return listUnitFiles(views, filter);
    case "list-timers":
      return listTimers(views, filter, now);
    case "list-sockets":
      return listSockets(views, filter);
    case "show":
      if (args.units.length === 0)
        return succeeded(
          "Version=257.9-1~deb13u1\nSystemState=running\nVirtualization=\nArchitecture=x86-64\n",
        );
      return succeeded(
        named()
          .map(([name, view]) => showUnit(name, view, args))
          .join("\n"),
      );
    case "status": {
      if (args.units.length === 0)
        return succeeded(
          `● node\n    State: running\n    Units: ${views.length} loaded (incl. loaded aliases)\n     Jobs: 0 queued\n   Failed: ${views.filter(({ active }) => active === "failed").length} units\n`,
        );
      return joined(named().map(([name, view]) => statusOf(name, view, now)));
    }
    case "list-dependencies":
      return succeeded(args.units.map((word) => `${fullName(word)}\n`).join(""));
    default:
      return undefined;
  }
}

function joined(outcomes: readonly CommandOutcome[]): CommandOutcome {
  return {
    exitCode: outcomes.find(({ exitCode }) => exitCode !== 0)?.exitCode ?? 0,
    stdout: outcomes
      .map(({ stdout }) => stdout)
      .filter(Boolean)
      .join("\n"),
    stderr: outcomes.map(({ stderr }) => stderr).join(""),
  };
}

function asked(args: SystemctlArgs, views: readonly UnitView[]): CommandOutcome {
  const ask = (answer: (view: UnitView | undefined) => readonly [string, number]) => {
    if (args.units.length === 0) return failed(1, "Too few arguments.");
    const answers = args.units.map((word) => answer(views.find(({ name }) => name === fullName(word))));
    const stdout = args.quiet ? "" : answers.map(([word]) => `${word}\n`).join("");
    const codes = answers.map(([, code]) => code);
    return {
      exitCode: codes.includes(0) && args.verb !== "is-enabled" ? 0 : Math.max(...codes),
      stdout,
      stderr: "",
    };
  };
  switch (args.verb) {
    case "is-active":
      return ask((view) => (view ? [view.active, view.active === "active" ? 0 : 3] : ["inactive", 4]));
    case "is-failed":
      return ask((view) => [view?.active ?? "inactive", view?.active === "failed" ? 0 : 1]);
    case "is-enabled":
      return ask((view) =>
        view
          ? [
              view.fileState,
              /^(?:enabled|static|alias|enabled-runtime|transient)$/.test(view.fileState) ? 0 : 1,
            ]
          : ["not-found", 4],
      );
    case "is-system-running": {
      const isDegraded = views.some(({ active }) => active === "failed");
      return isDegraded ? { exitCode: 1, stdout: "degraded\n", stderr: "" } : succeeded("running\n");
    }
    case "get-default":
      return succeeded("graphical.target\n");
    case "list-jobs":
      return succeeded("No jobs running.\n");
    case "show-environment":
      return succeeded(
        "LANG=en_US.UTF-8\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n",
      );
    case "isolate":
    case "edit":
    case "revert":
    case "link":
    case "set-default":
      return notSimulated(`systemctl ${args.verb}`, 1);
    default:
      return failed(1, `Unknown command verb '${args.verb}'.`);
  }
}
