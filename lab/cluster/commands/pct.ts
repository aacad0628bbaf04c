/** `pct` (PVE/CLI/pct.pm): containers of the node it runs on. */
import { type CommandOutcome, succeeded } from "../outcome.ts";
import type { CommandTree } from "./command.ts";
import { routesOf, unlockOf } from "./guest-commands.ts";
import * as print from "./guest-print.ts";
import * as inside from "./pct-inside.ts";
import type { Run } from "./run.ts";

const { base: BASE, of: ct } = routesOf("lxc");

export const pct: CommandTree = {
  clone: ct("POST /clone", { positional: ["vmid", "newid"] }),
  config: ct("GET /config", { print: print.printConfig }),
  console: inside.console,
  cpusets: { parameters: "", run: cpuSets },
  create: { route: `POST ${BASE}`, positional: ["vmid", "ostemplate"] },
  delsnapshot: ct("DELETE /snapshot/{snapname}", { positional: ["vmid", "snapname"] }),
  destroy: ct("DELETE"),
  df: inside.df,
  enter: inside.enter,
  exec: inside.exec,
  fsck: inside.fsck,
  fstrim: inside.fstrim,
  list: { route: `GET ${BASE}`, print: print.printContainers },
  listsnapshot: ct("GET /snapshot", { print: print.printSnapshots }),
  migrate: ct("POST /migrate", { positional: ["vmid", "target"] }),
  mount: inside.mount,
  "move-volume": ct("POST /move_volume", { positional: ["vmid", "volume", "storage"] }),
  move_volume: { alias: "move-volume" },
  pending: ct("GET /pending", { print: print.printPending }),
  pull: inside.pull,
  push: inside.push,
  reboot: ct("POST /status/reboot"),
  "remote-migrate": "gap",
  rescan: {
    parameters: "dryrun?:bool vmid?:integer=100..999999999",
    run: (_run, { dryrun }) =>
      succeeded(
        `${dryrun === "1" ? "NOTE: running in dry-run mode, won't write changes out!\n" : ""}rescan volumes...\n`,
      ),
  },
  resize: ct("PUT /resize", { positional: ["vmid", "disk", "size"] }),
  restore: "gap",
  resume: ct("POST /status/resume"),
  rollback: ct("POST /snapshot/{snapname}/rollback", { positional: ["vmid", "snapname"] }),
  set: ct("PUT /config"),
  shutdown: ct("POST /status/shutdown"),
  snapshot: ct("POST /snapshot", { positional: ["vmid", "snapname"] }),
  start: ct("POST /status/start"),
  status: ct("GET /status/current", { own: "verbose?:bool", print: print.printStatus }),
  stop: ct("POST /status/stop"),
  suspend: ct("POST /status/suspend"),
  template: ct("POST /template"),
  unlock: unlockOf("lxc"),
  unmount: inside.unmount,
};

/** Each running container may use as many processors as it has cores, from the first on. */
function cpuSets({ api, node }: Run): CommandOutcome {
  const running = api.store
    .state()
    .guests.filter((guest) => guest.kind === "lxc" && guest.node === node && guest.status === "running");
  if (running.length === 0) return succeeded("no running containers\n");
  const all = api.store.state().nodes.find(({ name }) => name === node)?.cpus ?? 1;
  const lines = running.map(({ vmid, config }) => {
    const used = Array.from({ length: Number(config["cores"] ?? all) }, (_, id) => ` ${id}`);
    return `${vmid}: ${used.join("")}`;
  });
  const rule = "-".repeat(Math.max(...lines.map((line) => line.length)));
  return succeeded([rule, ...lines, rule].map((line) => `${line}\n`).join(""));
}
