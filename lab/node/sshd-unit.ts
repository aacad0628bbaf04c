/** The ssh unit of a node: what `systemctl` does to it decides who the node's SSH server lets in from then on. */

import { AppError } from "../../agents/base/errors.ts";
import { readSystemctl } from "../cluster/commands/systemctl-args.ts";
import { type CommandOutcome, failed } from "../cluster/outcome.ts";
import type { Machine } from "./machine.ts";
import { readSshdSettings, type SshdSettings } from "./sshd-settings.ts";

export type SshdUnit = {
  /** The settings that were read when the unit was last started or reloaded. */
  settings(): SshdSettings;
  /** False once it was stopped: new connections are cut, those that are there stay. */
  active(): boolean;
  /** Run a command of the node; when it starts, reloads or stops ssh, that takes effect here. */
  run(argv: string[], execute: (argv: string[]) => Promise<CommandOutcome>): Promise<CommandOutcome>;
};

const LOADS = ["start", "restart", "reload", "reload-or-restart"];

/** AppError `bad_config` when the node's sshd would not even start. */
export async function createSshdUnit(machine: Machine): Promise<SshdUnit> {
  const first = await readSshdSettings(machine);
  if (first.kind === "invalid")
    throw new AppError("bad_config", `sshd of the node does not start: ${first.message}`);
  let { settings } = first;
  let active = true;
  return {
    settings: () => settings,
    active: () => active,
    run: async (argv, execute) => {
      const verb = sshVerb(argv);
      const reading = LOADS.includes(verb) ? await readSshdSettings(machine) : undefined;
      if (reading?.kind === "invalid") return jobFailed(reading.message);
      const outcome = await execute(argv);
      if (outcome.exitCode !== 0) return outcome;
      if (reading) settings = reading.settings;
      if (reading || verb === "stop") active = verb !== "stop";
      return outcome;
    },
  };
}

/** What `systemctl` is asked to do to ssh; empty when it is not asked to do anything to it. */
function sshVerb(argv: readonly string[]): string {
  if (argv[0] !== "systemctl") return "";
  const line = readSystemctl(argv.slice(1));
  if (line.kind !== "verb" || !line.units.some((unit) => /^sshd?(?:\.service)?$/.test(unit))) return "";
  if (line.now && (line.verb === "enable" || line.verb === "disable"))
    return line.verb === "enable" ? "start" : "stop";
  return line.verb;
}

function jobFailed(message: string): CommandOutcome {
  return failed(
    1,
    `Job for ssh.service failed because the control process exited with error code.\n${message}\n` +
      'See "systemctl status ssh.service" and "journalctl -xeu ssh.service" for details.',
  );
}
