/** What the lab answers of a guest's programs, beside what runs there for real. */

import type { NodeHardware } from "../cluster/node-facts.ts";
import { type CommandOutcome, NOT_SIMULATED, notSimulated } from "../cluster/outcome.ts";
import type { Call } from "../machines/control.ts";
import { hostnamectl, timedatectl } from "../system/host-identity.ts";
import { ofKernel, uname } from "../system/kernel.ts";
import { loginctl } from "../system/logins.ts";
import { modules } from "../system/modules.ts";
import { lscpu, nproc } from "../system/processors.ts";
import type { StandIn } from "../system/stand-in.ts";

const HARDWARE: Readonly<Record<string, StandIn>> = {
  arch: uname,
  hostnamectl,
  loginctl,
  lscpu,
  lsmod: modules,
  modprobe: modules,
  nproc,
  rmmod: modules,
  timedatectl,
  uname,
};
/** Of the machine itself. */
const OWN =
  "crontab dmesg halt journalctl logger mount poweroff reboot shutdown systemctl systemd-run df lsblk findmnt".split(
    " ",
  );

export const GUEST_PROGRAMS: ReadonlySet<string> = new Set([...OWN, ...Object.keys(HARDWARE)]);

export type GuestPlace = { hardware: NodeHardware; root: string; now: number; kernel: string };

/** Of everything that the machine does not answer by itself. */
export function guestProgram({ argv }: Call, { kernel, ...place }: GuestPlace): CommandOutcome {
  const [program = "", ...words] = argv;
  const answer = Object.hasOwn(HARDWARE, program) ? HARDWARE[program] : undefined;
  if (!answer) return notSimulated(argv.join(" "), NOT_SIMULATED);
  const outcome = answer({ program, words, ...place });
  return { ...outcome, stdout: ofKernel(outcome.stdout, kernel) };
}
