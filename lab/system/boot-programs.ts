/** Programs about what a node boots, and those of which the lab has the version alone. */

import { KERNEL } from "../cluster/commands/pveversion.ts";
import { type CommandOutcome, NOT_SIMULATED, notSimulated, succeeded } from "../cluster/outcome.ts";
import type { Asked } from "./stand-in.ts";

export function bootTool({ program, words }: Asked): CommandOutcome {
  const asked = words.join(" ");
  if (asked === "kernel list")
    return succeeded(`Manually selected kernels:\nNone.\n\nAutomatically selected kernels:\n${KERNEL}\n`);
  if (asked === "status")
    return {
      exitCode: 2,
      stdout: "Re-executing '/usr/sbin/proxmox-boot-tool' in new private mount namespace..\n",
      stderr: "E: /etc/kernel/proxmox-boot-uuids does not exist.\n",
    };
  return notSimulated([program, ...words].join(" "), NOT_SIMULATED);
}

export function updateGrub(): CommandOutcome {
  const found = `Found linux image: /boot/vmlinuz-${KERNEL}\nFound initrd image: /boot/initrd.img-${KERNEL}\n`;
  return succeeded("", `Generating grub configuration file ...\n${found}done\n`);
}

const VERSIONS: Readonly<Record<string, string>> = {
  kvm: "QEMU emulator version 10.1.2 (pve-qemu-kvm_10.1.2-3)\nCopyright (c) 2003-2025 Fabrice Bellard and the QEMU Project developers\n",
  "lxc-info": "6.0.5\n",
  "qemu-img":
    "qemu-img version 10.1.2 (pve-qemu-kvm_10.1.2-3)\nCopyright (c) 2003-2025 Fabrice Bellard and the QEMU Project developers\n",
};

/** Of programs that say no more than that. */
export function version({ program, words }: Asked): CommandOutcome {
  const told = words.length === 1 && /^(?:--version|-version|-V)$/.test(words[0] ?? "");
  return told ? succeeded(VERSIONS[program]) : notSimulated([program, ...words].join(" "), NOT_SIMULATED);
}
