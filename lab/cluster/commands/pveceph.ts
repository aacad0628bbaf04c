/** `pveceph` (PVE/CLI/pveceph.pm): Ceph, which no node has. */
import { AppError } from "../../../agents/base/errors.ts";
import { NOT_INSTALLED } from "../../api/routes/ceph.ts";
import type { CommandTree, OwnCommand, RouteCommand } from "./command.ts";
import { printResult } from "./print-result.ts";

const CEPH = "/nodes/{node}/ceph";

function change(request: string, ...positional: string[]): RouteCommand {
  const [method, tail] = request.split(" ");
  return { route: `${method} ${CEPH}${tail}`, positional };
}

function shown(tail: string, ...positional: string[]): RouteCommand {
  return {
    ...change(`GET ${tail}`, ...positional),
    isFormatted: true,
    print: (data, given) => printResult(data, given),
  };
}

const status: OwnCommand = {
  parameters: "",
  run: () => {
    throw new AppError("not_found", NOT_INSTALLED);
  },
};

function service(name: string, create: RouteCommand, destroy: RouteCommand): CommandTree {
  return {
    [name]: { commands: { create, destroy } },
    [`create${name}`]: { alias: `${name} create` },
    [`destroy${name}`]: { alias: `${name} destroy` },
  };
}

export const pveceph: CommandTree = {
  init: change("POST /init"),
  pool: {
    commands: {
      ls: shown("/pool"),
      create: change("POST /pool", "name"),
      destroy: change("DELETE /pool/{name}", "name"),
      set: change("PUT /pool/{name}", "name"),
      get: shown("/pool/{name}/status", "name"),
    },
  },
  lspools: { alias: "pool ls" },
  createpool: { alias: "pool create" },
  destroypool: { alias: "pool destroy" },
  fs: { commands: { create: change("POST /fs/{name}"), destroy: "gap" } },
  osd: {
    commands: {
      create: change("POST /osd", "dev"),
      destroy: change("DELETE /osd/{osdid}", "osdid"),
      details: shown("/osd/{osdid}/metadata", "osdid"),
    },
  },
  createosd: { alias: "osd create" },
  destroyosd: { alias: "osd destroy" },
  ...service("mon", change("POST /mon/{monid}"), change("DELETE /mon/{monid}", "monid")),
  ...service("mgr", change("POST /mgr/{id}"), change("DELETE /mgr/{id}", "id")),
  ...service("mds", change("POST /mds/{name}"), change("DELETE /mds/{name}", "name")),
  start: change("POST /start"),
  stop: change("POST /stop"),
  install: "gap",
  purge: status,
  status,
};
