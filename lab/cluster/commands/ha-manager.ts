/** `ha-manager` (PVE/CLI/ha_manager.pm): resources, rules, what the manager says of itself. */
import { AppError } from "../../../agents/base/errors.ts";
import { succeeded } from "../outcome.ts";
import type { Json, Row } from "../state.ts";
import { ask } from "./call-route.ts";
import type { CommandTree, OwnCommand } from "./command.ts";
import { pretty, printResult } from "./print-result.ts";
import type { Run } from "./run.ts";

export const haManager: CommandTree = {
  status: {
    parameters: "verbose?:bool",
    run: (run, { verbose }) => {
      const rows = ask(run, "GET /cluster/ha/status/current", {}) as Row[];
      const lines = rows.map(({ type, status }) => `${type} ${status}\n`).join("");
      if (verbose !== "1") return succeeded(lines);
      const data = ask(run, "GET /cluster/ha/status/manager_status", {});
      return succeeded(`${lines}full cluster state:\n${pretty(data)}\n`);
    },
  },
  config: { route: "GET /cluster/ha/resources", print: resources },
  groupconfig: { route: "GET /cluster/ha/groups" },
  groupadd: { route: "POST /cluster/ha/groups", positional: ["group"] },
  groupremove: { route: "DELETE /cluster/ha/groups/{group}", positional: ["group"] },
  groupset: { route: "PUT /cluster/ha/groups/{group}", positional: ["group"] },
  rules: {
    commands: {
      list: {
        route: "GET /cluster/ha/rules",
        isFormatted: true,
        print: (data, given) => printResult(data, given),
      },
      config: { route: "GET /cluster/ha/rules", isFormatted: true, print: rules },
      add: { route: "POST /cluster/ha/rules", positional: ["type", "rule"] },
      remove: { route: "DELETE /cluster/ha/rules/{rule}", positional: ["rule"] },
      set: { route: "PUT /cluster/ha/rules/{rule}", positional: ["type", "rule"] },
    },
  },
  add: { route: "POST /cluster/ha/resources", positional: ["sid"] },
  remove: { route: "DELETE /cluster/ha/resources/{sid}", positional: ["sid"] },
  set: { route: "PUT /cluster/ha/resources/{sid}", positional: ["sid"] },
  migrate: { alias: "crm-command migrate" },
  relocate: { alias: "crm-command relocate" },
  "crm-command": {
    commands: {
      migrate: { route: "POST /cluster/ha/resources/{sid}/migrate", positional: ["sid", "node"] },
      relocate: { route: "POST /cluster/ha/resources/{sid}/relocate", positional: ["sid", "node"] },
      stop: "gap",
      "node-maintenance": { commands: { enable: maintenance(true), disable: maintenance(false) } },
    },
  },
};

function resources(data: Json): string {
  const rows = [...(data as Row[])].sort((one, other) =>
    String(one["sid"]) < String(other["sid"]) ? -1 : 1,
  );
  const hidden = ["digest", "sid", "type", "errors"];
  return rows
    .map((row) => {
      const names = Object.keys(row).filter((name) => !hidden.includes(name));
      return `${row["sid"]}\n${names
        .sort()
        .map((name) => `\t${name} ${row[name]}\n`)
        .join("")}\n`;
    })
    .join("");
}

function rules(data: Json, given: Readonly<Record<string, string>>) {
  const rows = (data as Row[]).map((row) => ({ ...row, enabled: row["disable"] ? 0 : 1, state: "in use" }));
  return printResult(rows, given, ["enabled", "state", "rule", "type", "resources", "comment"]);
}

function maintenance(isOn: boolean): OwnCommand {
  return {
    positional: ["node"],
    parameters: "node:pve-node",
    run: ({ api: { store } }: Run, { node = "" }) => {
      if (!store.state().nodes.some(({ name }) => name === node))
        throw new AppError("conflict", `no such cluster node '${node}'`);
      store.change((draft) => {
        const kept = { ...draft.sections["ha/maintenance"] };
        if (isOn) kept[node] = {};
        else delete kept[node];
        draft.sections["ha/maintenance"] = kept;
      });
      return succeeded();
    },
  };
}
