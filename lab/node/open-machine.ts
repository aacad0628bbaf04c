/** Makes the container ready to run the commands of a node: its files, its programs, its identity. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { requirePrograms } from "../machines/network.ts";
import type { KeyPair } from "../machines/ssh-keys.ts";
import { useContainer } from "./container.ts";
import { makeContainerNode } from "./container-files.ts";
import { CONTROL_SOCKET, LAB_DIR, type Machine } from "./machine.ts";
import { installPrograms } from "./programs.ts";

export type OpenMachine = {
  machine: Machine;
  /** Where to listen for the programs of the node. */
  controlSocket: string;
  close(): Promise<void>;
};

export type MachineOptions = {
  name: string;
  address: string;
  hostKey: KeyPair;
  /** Written when root has no authorized_keys yet. */
  authorizedKeys: string;
};

const REQUIRED: Readonly<Record<string, string>> = {
  sshd: "openssh-server",
  "/usr/lib/openssh/sftp-server": "openssh-sftp-server",
  python3: "python3",
  script: "bsdutils",
};

/** AppError `missing_requirement`, with the line that installs what is missing. */
export function openMachine(options: MachineOptions): OpenMachine {
  requirePrograms(REQUIRED);
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
