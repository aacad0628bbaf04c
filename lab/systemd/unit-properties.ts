/** `systemctl show`, `status` and `cat`: one unit, for programs and for people; as of systemd 257. */
import { type CommandOutcome, failed, succeeded } from "../cluster/outcome.ts";
import { span, stamp } from "./unit-lists.ts";
import type { UnitView } from "./unit-view.ts";

export function propertiesOf(name: string, view: UnitView | undefined): Record<string, string> {
  if (!view)
    return {
      ...{
        Id: name,
        Names: name,
        Description: name,
        LoadState: "not-found",
        ActiveState: "inactive",
        SubState: "dead",
      },
      ...{ UnitFileState: "", FragmentPath: "", MainPID: "0", CanStart: "no", CanReload: "no" },
      LoadError: `org.freedesktop.systemd1.NoSuchUnit "Unit ${name} not found."`,
    };
  const when = view.active === "active" ? stamp(view.since) : "";
  const isMasked = view.load === "masked";
  return {
    ...{
      Type: "notify",
      Restart: "no",
      MainPID: String(view.pid),
      Result: view.active === "failed" ? "exit-code" : "success",
    },
    ...{
      ExecMainPID: String(view.pid),
      ExecMainStatus: view.active === "failed" ? "1" : "0",
      NRestarts: "0",
    },
    ...{ ControlGroup: `/system.slice/${view.name}`, MemoryCurrent: "[not set]", TasksCurrent: "[not set]" },
    ...{ Id: view.name, Names: view.name, Description: isMasked ? view.name : view.description },
    ...{ LoadState: view.load, ActiveState: view.active, SubState: view.sub, FreezerState: "running" },
    ...{ FragmentPath: view.fragment, UnitFileState: view.fileState, UnitFilePreset: "enabled" },
    ...{ StateChangeTimestamp: stamp(view.since), ActiveEnterTimestamp: when, InactiveEnterTimestamp: "" },
    ...{
      CanStart: isMasked ? "no" : "yes",
      CanStop: "yes",
      CanReload: view.canReload ? "yes" : "no",
      CanIsolate: "no",
    },
    ...{ NeedDaemonReload: "no", Transient: view.fileState === "transient" ? "yes" : "no" },
  };
}

export function showUnit(
  name: string,
  view: UnitView | undefined,
  options: { properties: readonly string[]; valueOnly: boolean },
): string {
  const { properties, valueOnly } = options;
  const all = Object.entries(propertiesOf(name, view));
  const wanted = all.filter(([key]) => properties.length === 0 || properties.includes(key));
  return wanted.map(([key, value]) => (valueOnly ? `${value}\n` : `${key}=${value}\n`)).join("");
}

/** Exit code 0, 3 for one that does not run, 4 for none. */
export function statusOf(name: string, view: UnitView | undefined, now: number): CommandOutcome {
  if (!view) return failed(4, `Unit ${name} could not be found.`);
  const { active, sub, fileState, fragment, description, pid, since } = view;
  const mark = { active: "●", inactive: "○", failed: "×" }[active];
  const states =
    fileState === "static" || fileState === "transient" ? fileState : `${fileState}; preset: enabled`;
  const loaded =
    view.load === "masked"
      ? `masked (Reason: Unit ${view.name} is masked.)`
      : `loaded (${fragment}; ${states})`;
  const state = {
    active: `active (${sub})`,
    inactive: "inactive (dead)",
    failed: "failed (Result: exit-code)",
  }[active];
  const when = active === "inactive" ? "" : ` since ${stamp(since)}; ${span(now - since)} ago`;
  const line = view.process ? `             └─${pid} ${view.process.title}\n` : "";
  const process =
    pid > 0
      ? `   Main PID: ${pid} (${view.process?.name ?? view.name.split(".")[0]})\n      Tasks: 1 (limit: 4389)\n     CGroup: /system.slice/${view.name}\n${line}`
      : "";
  const title = view.load === "masked" ? view.name : `${view.name} - ${description}`;
  const text = `${mark} ${title}\n     Loaded: ${loaded}\n     Active: ${state}${when}\n${process}`;
  return { exitCode: active === "active" ? 0 : 3, stdout: text, stderr: "" };
}

export function catUnits(
  named: readonly (readonly [string, UnitView | undefined, string])[],
): CommandOutcome {
  const missing = named.find(([, view]) => !view);
  if (missing) return failed(1, `No files found for ${missing[0]}.`);
  return succeeded(
    named.map(([, view, dropIns]) => `# ${view?.fragment}\n${view?.text}${dropIns}`).join("\n"),
  );
}
