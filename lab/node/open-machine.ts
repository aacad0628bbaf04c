/** Makes the machine of a node ready to run commands: its files, its programs, its identity. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { AppError } from "../../agents/base/errors.ts";
import { PROGRAM_NAMES } from "../cluster/cli.ts";
import { startSandbox } from "./bubblewrap.ts";
import { useContainer } from "./container.ts";
import { makeKernelSettings } from "./kernel-settings.ts";
import { CONTROL_SOCKET, LAB_DIR, type Machine } from "./machine.ts";
import { makeContainerNode, makeSystem } from "./node-files.ts";
import { installPrograms } from "./programs.ts";
import type { KeyPair } from "./ssh-keys.ts";

/** `bubblewrap`: a sandbox on this machine. `container`: this process is alone in a container that is the node. */
export type NodeRoot = "bubblewrap" | "container";

export const NODE_ROOTS: readonly NodeRoot[] = ["bubblewrap", "container"];

export type OpenMachine = {
  machine: Machine;
  /** Where to listen for the programs of the node. */
  controlSocket: string;
  close(): Promise<void>;
};

export type MachineOptions = {
  name: string;
  address: string;
  directory: string;
  root: NodeRoot;
  hostKey: KeyPair;
  /** Written when root has no authorized_keys yet. */
  authorizedKeys: string;
};

const REQUIRED: Readonly<Record<string, string>> = {
  "/usr/sbin/sshd": "openssh-server",
  "/usr/lib/openssh/sftp-server": "openssh-sftp-server",
  "/usr/bin/python3": "python3",
  "/usr/bin/script": "bsdutils",
};

/** AppError `missing_requirement`, with the line that installs what is missing. */
export async function openMachine(options: MachineOptions): Promise<OpenMachine> {
  const missing = Object.keys(REQUIRED).filter((path) => !existsSync(path));
  if (missing.length > 0) {
    const packages = missing.map((path) => REQUIRED[path]).join(" ");
    throw new AppError(
      "missing_requirement",
      `a node needs ${missing.join(", ")}: apt-get install ${packages}`,
    );
  }
  return options.root === "container" ? openContainer(options) : openSandbox(options);
}

async function openSandbox(options: MachineOptions): Promise<OpenMachine> {
  const root = join(options.directory, "root");
  const labDirectory = join(options.directory, "lab");
  // Short on purpose: the path of a unix socket has at most 107 bytes.
  const controlDirectory = mkdtempSync(join(tmpdir(), "lab-"));
  makeSystem(root, options);
  writeIdentity(root, options);
  installPrograms(labDirectory, `${LAB_DIR}/node`);
  const kernelSettings = join(options.directory, "proc-sys");
  makeKernelSettings(kernelSettings, options.name);
  const removeControl = async () => rmSync(controlDirectory, { recursive: true, force: true });
  try {
    const machine = await startSandbox({
      name: options.name,
      root,
      labDirectory,
      kernelSettings,
      controlDirectory,
      programs: PROGRAM_NAMES,
    });
    const close = () => machine.close().finally(removeControl);
    return { machine, controlSocket: join(controlDirectory, basename(CONTROL_SOCKET)), close };
  } catch (error) {
    await removeControl();
    throw error;
  }
}

async function openContainer(options: MachineOptions): Promise<OpenMachine> {
  const machine = useContainer();
  makeContainerNode(machine.root, options);
  writeIdentity(machine.root, options);
  installPrograms(LAB_DIR, process.execPath);
  rmSync(CONTROL_SOCKET, { force: true });
  return { machine, controlSocket: CONTROL_SOCKET, close: machine.close };
}

function writeIdentity(root: string, { hostKey, authorizedKeys }: MachineOptions): void {
  const keyFile = join(root, "etc/ssh/ssh_host_ed25519_key");
  writeFileSync(keyFile, hostKey.privateKey, { mode: 0o600 });
  writeFileSync(`${keyFile}.pub`, `${hostKey.publicKey}\n`);
  const authorizedKeysFile = join(root, "root/.ssh/authorized_keys");
  mkdirSync(dirname(authorizedKeysFile), { recursive: true, mode: 0o700 });
  if (!existsSync(authorizedKeysFile)) writeFileSync(authorizedKeysFile, authorizedKeys, { mode: 0o600 });
}
