/** Logs in to a node of the lab as anybody would, with OpenSSH: by key, or by password. Sees nothing of the agents. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabNode } from "../../lab/open-nodes.ts";

export type SshLogin = {
  /** Run a command with the key; `exitCode` 255 when the login failed. */
  withKey(node: LabNode, command: string): Promise<SshResult>;
  /** Is the password of root accepted? */
  acceptsPassword(node: LabNode): Promise<boolean>;
};

export type SshResult = { exitCode: number; stdout: string; stderr: string };

export type SshLoginOptions = { directory: string; privateKeyFile: string; signal: AbortSignal };

/** Keeps its own list of host keys, and a helper that hands the password to ssh, in `directory`. */
export function createSshLogin({ directory, privateKeyFile, signal }: SshLoginOptions): SshLogin {
  const askpass = join(directory, "askpass");
  writeFileSync(askpass, '#!/bin/sh\nexec cat "$MINILAB_PASSWORD_FILE"\n', { mode: 0o700 });
  const common = [
    ...["-F", "none", "-o", `UserKnownHostsFile=${join(directory, "judge_known_hosts")}`],
    ...["-o", "StrictHostKeyChecking=accept-new", "-o", "ConnectTimeout=10", "-o", "LogLevel=ERROR"],
    ...["-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "NumberOfPasswordPrompts=1"],
  ];
  const byKey = ["-i", privateKeyFile, "-o", "PreferredAuthentications=publickey"];
  const byPassword = [
    "-o",
    "PubkeyAuthentication=no",
    "-o",
    "PreferredAuthentications=password,keyboard-interactive",
  ];
  const target = (node: LabNode) => ["-p", String(node.port), `root@${node.host}`];
  return {
    withKey: (node, command) => ssh([...common, ...byKey, ...target(node), command], {}, signal),
    async acceptsPassword(node) {
      const env = {
        SSH_ASKPASS: askpass,
        SSH_ASKPASS_REQUIRE: "force",
        MINILAB_PASSWORD_FILE: node.passwordFile,
      };
      const { exitCode } = await ssh([...common, ...byPassword, ...target(node), "true"], env, signal);
      return exitCode === 0;
    },
  };
}

function ssh(args: string[], env: Record<string, string>, signal: AbortSignal): Promise<SshResult> {
  return new Promise((resolve, reject) => {
    const options = { env: { PATH: process.env["PATH"], ...env }, signal, timeout: 30_000 };
    execFile("ssh", args, options, (error, stdout, stderr) => {
      if (!error) return resolve({ exitCode: 0, stdout, stderr });
      if (typeof error.code === "number") return resolve({ exitCode: error.code, stdout, stderr });
      reject(error); // not started, timed out or aborted: no answer about the login
    });
  });
}
