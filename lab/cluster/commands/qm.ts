/** `qm` (PVE/CLI/qm.pm): virtual machines of the node it runs on. */

import { named } from "../named.ts";
import { type CommandOutcome, failed, notSimulated, succeeded } from "../outcome.ts";
import type { CommandTree, Given } from "./command.ts";
import { routesOf, unlockOf, VMID } from "./guest-commands.ts";
import * as print from "./guest-print.ts";
import { importDisk } from "./import-disk.ts";
import { showCommand } from "./kvm-command.ts";
import * as inside from "./qm-inside.ts";
import type { Run } from "./run.ts";

const { base: BASE, of: vm } = routesOf("qemu");

export const qm: CommandTree = {
  agent: { alias: "guest cmd" },
  cleanup: "gap",
  clone: vm("POST /clone", { positional: ["vmid", "newid"] }),
  cloudinit: {
    commands: {
      dump: vm("GET /cloudinit/dump", { positional: ["vmid", "type"], print: (data) => `${data}` }),
      pending: vm("GET /cloudinit", { print: print.printPending }),
      update: vm("PUT /cloudinit"),
    },
  },
  config: vm("GET /config", { print: print.printConfig }),
  create: { route: `POST ${BASE}`, positional: ["vmid"] },
  delsnapshot: vm("DELETE /snapshot/{snapname}", { positional: ["vmid", "snapname"] }),
  destroy: vm("DELETE"),
  disk: {
    commands: {
      import: importDisk,
      move: vm("POST /move_disk", { positional: ["vmid", "disk", "storage"] }),
      rescan: { parameters: `dryrun?:bool vmid?:integer`, run: () => succeeded("rescan volumes...\n") },
      resize: vm("PUT /resize", { positional: ["vmid", "disk", "size"] }),
      unlink: vm("PUT /unlink"),
    },
  },
  guest: {
    commands: {
      cmd: inside.guestCommand,
      exec: inside.guestExec,
      "exec-status": inside.guestExecStatus,
      passwd: { route: `POST ${BASE}/{vmid}/agent/set-user-password`, positional: ["vmid", "username"] },
    },
  },
  import: "gap",
  importdisk: { alias: "disk import" },
  importovf: {
    positional: ["vmid", "manifest", "storage"],
    parameters: `${VMID} manifest storage:pve-storage-id dryrun?:bool format?:enum=raw|qcow2|vmdk`,
    run: importOvf,
  },
  list: { route: `GET ${BASE}`, print: print.printVirtualMachines },
  listsnapshot: vm("GET /snapshot", { print: print.printSnapshots }),
  migrate: vm("POST /migrate", { positional: ["vmid", "target"] }),
  monitor: inside.monitor,
  move_disk: { alias: "disk move" },
  "move-disk": { alias: "disk move" },
  mtunnel: "gap",
  nbdstop: "gap",
  pending: vm("GET /pending", { print: print.printPending }),
  reboot: vm("POST /status/reboot"),
  "remote-migrate": "gap",
  rescan: { alias: "disk rescan" },
  reset: vm("POST /status/reset"),
  resize: { alias: "disk resize" },
  resume: vm("POST /status/resume"),
  rollback: vm("POST /snapshot/{snapname}/rollback", { positional: ["vmid", "snapname"] }),
  sendkey: inside.sendkey,
  set: vm("POST /config", { print: print.printUpdate }),
  showcmd: showCommand,
  shutdown: vm("POST /status/shutdown"),
  snapshot: vm("POST /snapshot", { positional: ["vmid", "snapname"] }),
  start: vm("POST /status/start"),
  status: vm("GET /status/current", { own: "verbose?:bool", print: print.printStatus }),
  stop: vm("POST /status/stop"),
  suspend: vm("POST /status/suspend"),
  template: vm("POST /template"),
  terminal: inside.terminal,
  unlink: { alias: "disk unlink" },
  unlock: unlockOf("qemu"),
  vncproxy: inside.vncproxy,
  wait: inside.wait,
};

function importOvf({ files = {} }: Run, { manifest = "" }: Given): CommandOutcome {
  if (!named(files, manifest)) return failed(255, `${manifest}: non-existent or non-regular file`);
  return notSimulated("qm importovf");
}
