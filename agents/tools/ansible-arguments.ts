/** The arguments of ansible-playbook: what the model chose, and after it what nothing can leave out. */
import type { GuestRun } from "../host/nodes/host.ts";
import { SSH_CONFIG } from "./ansible-guests.ts";
import type * as runs from "./run-folder.ts";

export type PlayOptions = {
  playbook: string;
  inventory?: string | undefined;
  limit?: string | undefined;
  check?: boolean | undefined;
  diff?: boolean | undefined;
  tags?: string[] | undefined;
  extra_vars?: Record<string, unknown> | undefined;
  timeout_s: number;
};

export function playArguments(
  { limit, check, diff, tags, extra_vars = {} }: PlayOptions,
  folder: runs.RunFolder,
  guests: GuestRun | undefined,
): string[] {
  return [
    ...(Object.keys(extra_vars).length > 0 ? ["--extra-vars", `@${folder.visible}/extra_vars.json`] : []),
    // Last, so that no variable of a playbook or of the model can leave the pinned keys out.
    ...[
      "--extra-vars",
      JSON.stringify({
        ansible_ssh_args: sshArguments(folder, guests),
        ansible_ssh_common_args: "",
        ansible_ssh_extra_args: "",
      }),
    ],
    ...(limit ? [`--limit=${limit}`] : []),
    ...(tags?.length ? [`--tags=${tags.join(",")}`] : []),
    ...(check ? ["--check"] : []),
    ...(diff ? ["--diff"] : []),
  ];
}

/** A node that freezes is noticed within 20 seconds. */
function sshArguments({ visible }: runs.RunFolder, guests: GuestRun | undefined): string {
  const settings = [
    `UserKnownHostsFile=${visible}/pinned_hosts`,
    "GlobalKnownHostsFile=/dev/null",
    "StrictHostKeyChecking=yes",
    "IdentityFile=none",
    "BatchMode=yes",
    "ConnectTimeout=10",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "ControlMaster=auto",
    "ControlPersist=60s",
  ];
  return [
    `-F ${guests ? `${visible}/${SSH_CONFIG}` : "/dev/null"}`,
    ...settings.map((setting) => `-o ${setting}`),
  ].join(" ");
}
