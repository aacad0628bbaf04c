/** `qm`: virtual machines of the node it runs on. */
import { type CloneOptions, cloneGuest } from "../clone.ts";
import { CONFIG_OPTIONS, MISSING_OPTIONS } from "../guest-config.ts";
import * as guests from "../guests.ts";
import { badParameter, type ParsedOptions, vmidOf } from "../options.ts";
import { type CommandOutcome, succeeded } from "../outcome.ts";
import { startGuest, stopGuest } from "../power.ts";
import type { ClusterState } from "../state.ts";
import { recordTask } from "../tasks.ts";
import type { Run, Subcommand, Tool } from "./program.ts";
import { qmConfig, qmList, qmStatus } from "./qm-show.ts";

type Asked = { parsed: ParsedOptions; run: Run };
type Edit = (draft: ClusterState, ref: guests.GuestRef, asked: Asked) => guests.Change;

const REAL_BUT_MISSING =
  "agent cleanup cloudinit delsnapshot disk guest import importdisk importovf listsnapshot migrate monitor move-disk " +
  "move_disk mtunnel nbdstop pending reboot remote-migrate rescan reset resize resume rollback sendkey showcmd " +
  "snapshot suspend terminal unlink unlock vncproxy wait";

export const qm: Tool = {
  missing: REAL_BUT_MISSING.split(" "),
  subcommands: {
    list: { usage: "[OPTIONS]", positional: [], values: ["full"], execute: (run) => qmList(run) },
    config: { usage: "<vmid> [OPTIONS]", positional: ["vmid"], flags: ["current"], execute: qmConfig },
    status: { usage: "<vmid> [OPTIONS]", positional: ["vmid"], flags: ["verbose"], execute: qmStatus },
    create: change("qmcreate", {
      usage: "<vmid> [OPTIONS]",
      values: [...CONFIG_OPTIONS, "pool"],
      missing: MISSING_OPTIONS,
      flags: ["start"],
      edit: create,
    }),
    set: change("qmconfig", {
      usage: "<vmid> [OPTIONS]",
      values: [...CONFIG_OPTIONS, "delete"],
      flags: ["skiplock"],
      missing: MISSING_OPTIONS,
      edit: set,
    }),
    clone: change("qmclone", {
      usage: "<vmid> <newid> [OPTIONS]",
      positional: ["vmid", "newid"],
      values: ["name", "storage"],
      flags: ["full"],
      missing: ["bwlimit", "description", "format", "pool", "snapname", "target"],
      edit: clone,
    }),
    start: change("qmstart", {
      usage: "<vmid> [OPTIONS]",
      values: ["timeout"],
      flags: ["skiplock"],
      edit: (draft, ref) => startGuest(draft, ref),
    }),
    stop: change("qmstop", {
      usage: "<vmid> [OPTIONS]",
      values: ["timeout"],
      flags: ["skiplock", "overrule-shutdown"],
      edit: (draft, ref) => stopGuest(draft, ref, "stop"),
    }),
    shutdown: change("qmshutdown", {
      usage: "<vmid> [OPTIONS]",
      values: ["timeout"],
      flags: ["forceStop", "skiplock"],
      edit: (draft, ref) => stopGuest(draft, ref, "shutdown"),
    }),
    destroy: change("qmdestroy", {
      usage: "<vmid> [OPTIONS]",
      flags: ["purge", "destroy-unreferenced-disks", "skiplock"],
      edit: (draft, ref) => guests.destroyGuest(draft, ref),
    }),
    template: change("qmtemplate", {
      usage: "<vmid> [OPTIONS]",
      missing: ["disk"],
      edit: (draft, ref) => guests.makeTemplate(draft, ref),
    }),
  },
};

function change(
  taskType: string,
  spec: Omit<Subcommand, "execute" | "positional"> & { positional?: string[]; edit: Edit },
): Subcommand {
  const { edit, ...rest } = spec;
  return {
    positional: ["vmid"],
    ...rest,
    mutates: true,
    execute: (run, parsed) => apply(taskType, { run, parsed, edit }),
  };
}

function apply(taskType: string, call: { run: Run; parsed: ParsedOptions; edit: Edit }): CommandOutcome {
  const { run, parsed } = call;
  const ref = { node: run.node, vmid: vmidOf(parsed.positional[0] ?? "") };
  const { log } = run.store.change((draft) => {
    const done = call.edit(draft, ref, { parsed, run });
    recordTask(draft, { node: run.node, type: taskType, id: String(ref.vmid), now: run.store.now() });
    return done;
  });
  return succeeded(log);
}

function create(draft: ClusterState, ref: guests.GuestRef, { parsed, run }: Asked): guests.Change {
  const { start, pool, ...options } = parsed.options;
  if (pool !== undefined) throw badParameter("pool", `pool '${pool}' does not exist`);
  const made = guests.createGuest(draft, ref, { options, now: run.store.now() });
  if (start === "1") startGuest(draft, ref);
  return made;
}

function set(draft: ClusterState, ref: guests.GuestRef, { parsed }: Asked): guests.Change {
  const { delete: remove = "", skiplock: _skiplock, ...options } = parsed.options;
  const keys = remove.split(/[\s,;]+/).filter(Boolean);
  if (keys.length + Object.keys(options).length === 0) throw badParameter("vmid", "no options specified");
  return guests.setGuest(draft, ref, { options, remove: keys });
}

function clone(draft: ClusterState, ref: guests.GuestRef, { parsed, run }: Asked): guests.Change {
  const { name, storage, full } = parsed.options;
  const options: CloneOptions = { now: run.store.now() };
  if (name !== undefined) options.name = name;
  if (storage !== undefined) options.storage = storage;
  if (full !== undefined) options.full = full === "1";
  return cloneGuest(draft, ref, { vmid: vmidOf(parsed.positional[1] ?? ""), options });
}
