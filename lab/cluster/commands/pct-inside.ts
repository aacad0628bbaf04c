/**
 * What `pct` does with the inside of a container: in one that has booted for real; of one that is a record only it says what
 * the configuration tells, and what small programs answer that are the same in every container.
 */

import { AppError } from "../../../agents/base/errors.ts";
import { REPEATED } from "../../api/parameters.ts";
import { isMountPoint, parseDrive, volumeAt } from "../drives.ts";
import { guestOf, requireUnlocked } from "../guests.ts";
import type { InsideRequest } from "../guests-inside.ts";
import { named } from "../named.ts";
import { type CommandOutcome, failed, notSimulated, succeeded } from "../outcome.ts";
import type { Guest } from "../state.ts";
import type { Given, OwnCommand } from "./command.ts";
import { VMID } from "./guest-commands.ts";
import type { Run } from "./run.ts";

type Answer = (run: Run, guest: Guest, given: Given) => CommandOutcome;

function command(parameters: string, positional: readonly string[], answer: Answer): OwnCommand {
  return {
    positional: ["vmid", ...positional],
    parameters: `${VMID} ${parameters}`,
    run: (run, given) =>
      answer(
        run,
        guestOf(run.api.store.state(), { node: run.node, vmid: Number(given["vmid"]) }, "lxc"),
        given,
      ),
  };
}

/** A shell for what comes by standard input. */
export const enter = command("keep-env?:bool", [], (run, guest) => {
  requireRunning(guest, `container '${guest.vmid}' not running!`);
  return (
    inside(run, guest, { kind: "exec", argv: ["/bin/bash", "-l"] }) ?? notSimulated(`pct enter ${guest.vmid}`)
  );
});

export const exec = command("extra-args? keep-env?:bool", ["extra-args"], (run, guest, given) => {
  requireRunning(guest, `container '${guest.vmid}' not running!`);
  const words = (given["extra-args"] ?? "").split(REPEATED).filter(Boolean);
  if (words.length === 0) return failed(255, "missing command at /usr/share/perl5/PVE/CLI/pct.pm line 246.");
  const real = inside(run, guest, { kind: "exec", argv: words });
  if (real) return real;
  const name = guest.config["hostname"] ?? `CT${guest.vmid}`;
  const answer = named(answers(name), words.join(" "));
  return answer === undefined
    ? notSimulated(`pct exec ${guest.vmid} -- ${words.join(" ")}`)
    : succeeded(answer);
});

function answers(name: string): Readonly<Record<string, string>> {
  return {
    "cat /etc/hostname": `${name}\n`,
    hostname: `${name}\n`,
    id: "uid=0(root) gid=0(root) groups=0(root)\n",
    pwd: "/root\n",
    true: "",
    "uname -n": `${name}\n`,
    whoami: "root\n",
  };
}

/** What was said there so far; nobody types. */
export const console = command("escape?", [], ({ api }, guest) => {
  requireRunning(guest, `container '${guest.vmid}' not running!`);
  return api.settings.guests
    ? succeeded(api.settings.guests.console(guest.vmid))
    : notSimulated(`pct console ${guest.vmid}`);
});

export const push = command(
  "file destination group? perms? user?",
  ["file", "destination"],
  (run, guest, { file = "", destination = "", user = "0", group = "0", perms = "0644" }) => {
    requireRunning(guest, "can only push files to a running CT");
    if (!named(run.files ?? {}, file)) return failed(255, `failed to open ${file} for reading`);
    const owner = `${user}:${group}`;
    const how = { node: run.node, file, path: destination, owner, mode: perms };
    return inside(run, guest, { kind: "push", ...how }) ?? notSimulated(`pct push ${guest.vmid} ${file}`);
  },
);

export const pull = command(
  "path destination group? perms? user?",
  ["path", "destination"],
  (run, guest, { path = "", destination = "" }) => {
    requireRunning(
      guest,
      "can only pull files from a running VM at /usr/share/perl5/PVE/CLI/pct.pm line 664.",
    );
    const how = { node: run.node, file: destination, path };
    return inside(run, guest, { kind: "pull", ...how }) ?? notSimulated(`pct pull ${guest.vmid} ${path}`);
  },
);

export const df = command("", [], ({ api }, guest) => {
  requireUnlocked(guest);
  const rows = mountPoints(guest).map((key) => {
    const size = (volumeAt(api.store.state(), guest, key)?.sizeBytes ?? 0) * 0.97;
    const { file, settings } = parseDrive(guest.config[key] ?? "");
    const used = size * 0.12;
    const shown = [size, used, size - used].map(inUnits);
    return [key, file, ...shown, ((100 * used) / (size || 1)).toFixed(1), settings.get("mp") ?? "/"];
  });
  const all = [["MP", "Volume", "Size", "Used", "Avail", "Use%", "Path"], ...rows];
  const widths = [0, 1, 2, 3, 4, 5].map((at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  const line = (row: string[]) =>
    row.map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(" ");
  return succeeded(all.map((row) => `${line(row)}\n`).join(""));
});

export const mount = command("", [], (run, guest) => {
  requireUnlocked(guest);
  lock(run, guest, "mounted");
  return succeeded(`mounted CT ${guest.vmid} in '/var/lib/lxc/${guest.vmid}/rootfs'\n`);
});

export const unmount = command("", [], (run, guest) => {
  if (guest.config["lock"] !== "mounted")
    throw new AppError("conflict", `no lock found trying to remove 'mounted'  lock`);
  lock(run, guest);
  return succeeded();
});

export const fsck = command("device? force?:bool", [], ({ api }, guest, { device = "rootfs" }) => {
  const volume = volumeAt(api.store.state(), guest, device);
  if (!volume) throw new AppError("conflict", `cannot run command on non-existing mount point ${device}`);
  if (guest.status === "running") throw new AppError("conflict", "cannot run fsck when container is running");
  const path = `/dev/mapper/pve-${volume.name.replaceAll("-", "--")}`;
  const blocks = volume.sizeBytes / 4096;
  return succeeded(
    `fsck from util-linux 2.41\n${path}: clean, ${Math.round(blocks / 60)}/${blocks / 4} files, ${Math.round(blocks / 6)}/${blocks} blocks\n`,
  );
});

export const fstrim = command("ignore-mountpoints?:bool", [], ({ api }, guest, given) => {
  requireUnlocked(guest);
  const trimmed = mountPoints(guest).filter((key) => key === "rootfs" || given["ignore-mountpoints"] !== "1");
  const lines = trimmed.map((key) => {
    const free = Math.round((volumeAt(api.store.state(), guest, key)?.sizeBytes ?? 0) * 0.85);
    const path = parseDrive(guest.config[key] ?? "").settings.get("mp") ?? "/";
    return `/var/lib/lxc/${guest.vmid}/rootfs${path}: ${(free / 1024 ** 3).toFixed(1)} GiB (${free} bytes) trimmed\n`;
  });
  return succeeded(lines.join(""));
});

type Wanted = InsideRequest extends infer One
  ? One extends InsideRequest
    ? Omit<One, "vmid">
    : never
  : never;

/** Undefined for one that has not booted. */
function inside(run: Run, { vmid }: Guest, wanted: Wanted): CommandOutcome | undefined {
  if (!run.later || !run.api.settings.guests?.of(vmid)) return undefined;
  run.later({ ...wanted, vmid } as InsideRequest);
  return succeeded();
}

function mountPoints({ config }: Guest): string[] {
  return Object.keys(config).filter(isMountPoint).sort().reverse();
}

function requireRunning(guest: Guest, problem: string): void {
  if (guest.status !== "running") throw new AppError("conflict", problem);
}

function lock({ api }: Run, { vmid }: Guest, name?: string): void {
  api.store.change((draft) => {
    const own = draft.guests.find((guest) => guest.vmid === vmid);
    if (own && name) own.config["lock"] = name;
    else delete own?.config["lock"];
  });
}

/** As pct's own: `3.9G`. */
function inUnits(bytes: number): string {
  const at = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), 4);
  return at === 0 ? String(bytes) : `${(bytes / 1024 ** at).toFixed(1)}${"KMGT"[at - 1]}`;
}
