/** `pvenode` (PVE/CLI/pvenode.pm): a node's own configuration, certificates, tasks and ACME. */
import { AppError } from "../../../agents/base/errors.ts";
import { optionsFile } from "../config-files.ts";
import type { Json, Row } from "../state.ts";
import { nodeOf } from "../storage.ts";
import type { CommandTree } from "./command.ts";
import { printResult } from "./print-result.ts";

const NODE = "/nodes/{node}";
const ACCOUNT = "/cluster/acme/account/{name}";
const CERTIFICATE =
  "filename fingerprint subject issuer notbefore notafter public-key-type public-key-bits san".split(" ");
const shown = (data: Json, given: Readonly<Record<string, string>>) => printResult(data, given);

export const pvenode: CommandTree = {
  config: {
    commands: {
      get: { route: `GET ${NODE}/config`, print: (data) => optionsFile(data as Row) },
      set: { route: `PUT ${NODE}/config` },
    },
  },
  startall: { route: `POST ${NODE}/startall` },
  stopall: { route: `POST ${NODE}/stopall` },
  migrateall: { route: `POST ${NODE}/migrateall`, positional: ["target"] },
  cert: {
    commands: {
      info: { route: `GET ${NODE}/certificates/info`, isFormatted: true, print: certificates },
      set: "gap",
      delete: "gap",
    },
  },
  task: {
    commands: {
      list: { route: `GET ${NODE}/tasks`, isFormatted: true, print: tasks },
      status: {
        route: `GET ${NODE}/tasks/{upid}/status`,
        positional: ["upid"],
        isFormatted: true,
        print: shown,
      },
      log: {
        route: `GET ${NODE}/tasks/{upid}/log`,
        positional: ["upid"],
        fixed: { limit: "1000000" },
        print: (data) => (data as Row[]).map(({ t }) => `${t}\n`).join(""),
      },
    },
  },
  acme: {
    commands: {
      account: {
        commands: {
          list: {
            route: "GET /cluster/acme/account",
            print: (data) => (data as Row[]).map(({ name }) => `${name}\n`).join(""),
          },
          register: { route: "POST /cluster/acme/account", positional: ["name", "contact"] },
          deactivate: { route: `DELETE ${ACCOUNT}`, positional: ["name"] },
          info: { route: `GET ${ACCOUNT}`, positional: ["name"], isFormatted: true, print: shown },
          update: { route: `PUT ${ACCOUNT}`, positional: ["name"] },
        },
      },
      cert: { commands: { order: "gap", renew: "gap", revoke: "gap" } },
      plugin: {
        commands: {
          list: { route: "GET /cluster/acme/plugins", isFormatted: true, print: shown },
          config: {
            route: "GET /cluster/acme/plugins/{id}",
            positional: ["id"],
            isFormatted: true,
            print: shown,
          },
          add: { route: "POST /cluster/acme/plugins", positional: ["type", "id"] },
          set: { route: "PUT /cluster/acme/plugins/{id}", positional: ["id"] },
          remove: { route: "DELETE /cluster/acme/plugins/{id}", positional: ["id"] },
        },
      },
    },
  },
  wakeonlan: {
    positional: ["node"],
    parameters: "node:pve-node",
    run: (run, { node = "" }) => {
      const target = nodeOf(run.api.store.state(), node).name;
      if (target === run.node)
        throw new AppError("conflict", `'${node}' is local node, cannot wake my self!`);
      throw new AppError("conflict", `No wake on LAN MAC address defined for '${node}'!`);
    },
  },
};

function certificates(data: Json, given: Readonly<Record<string, string>>) {
  if ((given["output-format"] ?? "text") !== "text") return printResult(data, given);
  const rows = (data as Row[]).sort((one, other) =>
    String(one["filename"]) < String(other["filename"]) ? -1 : 1,
  );
  return rows.map((row) => printResult(row, { ...given, noheader: "1" }, CERTIFICATE)).join("");
}

function tasks(data: Json, given: Readonly<Record<string, string>>) {
  const rows = (data as Row[]).map((row) => {
    const status = String(row["status"] ?? "UNKNOWN");
    const isGood = /^(?:OK|RUNNING|UNKNOWN|WARNINGS: \d+)$/.test(status);
    return { ...row, status: isGood ? status : "ERROR" };
  });
  return printResult(rows, given, ["upid", "type", "id", "user", "starttime", "endtime", "status"]);
}
