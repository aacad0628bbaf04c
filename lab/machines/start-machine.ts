/**
 * Starts a machine of a lab: namespaces of its own in the lab's, its root folder, a port of the lab's switch. Its root is
 * none of this machine's, whoever started the lab: kernel, clock, keys, devices and mounts are closed to it. What it is
 * to serve, a node of Proxmox or a guest, is its caller's.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { initOf } from "./init.ts";
import { layoutSteps } from "./layout.ts";
import { LAB_DIR, type Machine, type MachineProcess } from "./machine.ts";
import { type Keeper, namespacesArguments, remainingRights, SYSTEM_PATH, startKeeper } from "./namespaces.ts";
import type { LabNetwork } from "./network.ts";
import { makeOwnFolders } from "./own-folders.ts";
import { giveTree } from "./ownership.ts";

export type MachineOptions = {
  network: LabNetwork;
  name: string;
  /** In 192.168.10.0/24; empty for none. */
  address: string;
  /** Lines for ip, inside: what becomes of its one card, `nic0`. */
  links: readonly string[];
  /** Whether it has an /etc/pve. */
  hasPve: boolean;
  /** Absolute. Its folder `root` is the machine's `/`, made ready by the caller; `lab/bin` holds programs for it, `pve` its /etc/pve. */
  directory: string;
  /** Of this machine, short: it becomes the folder of the control socket. */
  controlDirectory: string;
};

/** More processes than any job of a node needs, and less than would hinder this machine. */
const MAX_PROCESSES = 2_000;
const LIMITED = ["/usr/bin/prlimit", `--nproc=${MAX_PROCESSES}`, "--"] as const;

/** AppError `missing_requirement` where the kernel or a program does not let it be made. */
export async function startMachine(options: MachineOptions): Promise<Machine> {
  const { network, name, address, directory, links } = options;
  const steps = layoutSteps(options);
  prepare(options);
  const port = network.nextPort();
  const words = [...[String(network.pid), name, port, ...remainingRights(), ...links, "--"], ...steps];
  const keeper = startKeeper("machine", words, directory);
  const gone = once(keeper.child, "exit").then(() => {});
  gone.catch(() => {});
  try {
    const pid = Number(await keeper.line());
    await keeper.line();
    return {
      ...{ name, address, pid, gone, root: join(directory, "root") },
      ...processes(pid),
      init: initOf(keeper),
      userInside: network.users.inside,
      close: () => end({ keeper, pid, network, port }),
    };
  } catch (error) {
    await keeper.close();
    throw error;
  }
}

/** Mount points, its first process, and everything its root's. */
function prepare({ directory, controlDirectory, network, hasPve }: MachineOptions): void {
  const places = ["dev", "proc", "sys", "run", "tmp", "usr", LAB_DIR, ...(hasPve ? ["etc/pve"] : [])];
  const mountPoints = places.map((path) => join("root", path));
  for (const path of [...mountPoints, "lab", "kernel", "proc", "pve", "units", "usr-local"])
    mkdirSync(join(directory, path), { recursive: true });
  for (const folder of ["bin", "sbin", "lib", "share", "etc"])
    mkdirSync(join(directory, "usr-local", folder), { recursive: true });
  makeOwnFolders(directory);
  copyFileSync(join(import.meta.dirname, "systemd.pl"), join(directory, "lab/systemd"));
  chmodSync(join(directory, "lab/systemd"), 0o755);
  giveTree(directory, network.users.root);
  giveTree(controlDirectory, network.users.root);
}

function processes(pid: number): Pick<Machine, "spawn" | "serve"> {
  const start = (mode: "enter" | "serve", argv: readonly string[], env: Readonly<Record<string, string>>) =>
    spawn("perl", namespacesArguments(mode, [String(pid), ...remainingRights(), ...LIMITED, ...argv]), {
      env: { PATH: SYSTEM_PATH, ...env },
      detached: true,
    });
  return {
    spawn: (argv, env) => start("enter", argv, env),
    serve: async (argv, env) => {
      const child = start("serve", argv, env);
      child.stdin.end();
      return { child, gone: once(child, "exit").then(() => {}), pid: await firstNumber(child) };
    },
  };
}

async function firstNumber(child: MachineProcess): Promise<number> {
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return Number(line);
}

type Running = { keeper: Keeper; pid: number; network: LabNetwork; port: string };

/** The kernel ends what is left of the machine before its first process counts as gone. */
async function end({ keeper, pid, network, port }: Running): Promise<void> {
  if (keeper.child.exitCode !== null || keeper.child.signalCode !== null) return;
  process.kill(pid, "SIGKILL");
  await keeper.close();
  await network.unplug(port);
}
