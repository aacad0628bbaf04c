/** What somebody has put on a machine that runs by itself: services, timers, crontabs; from one boot to the next. */
import type { CommandOutcome } from "../cluster/outcome.ts";
import type { Call } from "./control.ts";
import { crontab, startCron } from "./cron.ts";
import type { LabClock } from "./lab-clock.ts";
import type { Machine } from "./machine.ts";
import { OwnUnits } from "./own-units.ts";
import { systemdRun } from "./own-units-commands.ts";

export type CustomUnits = {
  /** Of a machine that has just booted; the end of it is returned. */
  boot(machine: Machine): Promise<() => Promise<void>>;
  /** Of a machine that is up. */
  units(): OwnUnits | undefined;
  /** Undefined for a call that is about nothing of this. */
  run(call: Call): Promise<CommandOutcome | undefined>;
};

/** `own` gives a file to the machine's root; `log` is told what cron runs, and as whom. */
export function createCustomUnits(
  clock: LabClock,
  own: (path: string) => void,
  log: (user: string, command: string) => void,
): CustomUnits {
  let up: { machine: Machine; units: OwnUnits } | undefined;
  return {
    boot: async (machine) => {
      const units = new OwnUnits({ machine, clock, own });
      const cron = startCron(machine, clock, log);
      up = { machine, units };
      await units.boot();
      return async () => {
        units.close();
        cron.remove();
      };
    },
    units: () => up?.units,
    run: async (call) => {
      if (!up) return undefined;
      const { machine, units } = up;
      if (call.argv[0] === "systemd-run") return systemdRun(units, call.argv);
      return call.argv[0] === "crontab" ? crontab(machine, call, own) : undefined;
    },
  };
}
