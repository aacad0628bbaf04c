/** Keeps the daemons of a node in step with its units: what is active runs, what ends by itself fails or comes again. */

import { type Daemon, daemons } from "../systemd/daemons.ts";
import type { Journal } from "../systemd/journal.ts";
import type { BuiltIn, UnitView } from "../systemd/unit-view.ts";
import type { Ending, Init } from "./init.ts";
import type { UnitProcess } from "./node-units.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { createStartLimit } from "./start-limit.ts";

export type NodeDaemons = {
  /** Of a machine that has just booted; the end of it is returned. */
  boot(init: Init): Promise<() => Promise<void>>;
  /** After whatever may have changed a unit. */
  sync(): Promise<void>;
  /** Of a unit: its main process, 0 for none; whether that has ended otherwise than it should. */
  process(unit: string): UnitProcess;
  /** Of all units. */
  resetFailed(): void;
};

export type NodeDaemonsOptions = {
  /** The node's. */
  address: string;
  builtIn: readonly BuiltIn[];
  /** Its units as they are now. */
  views(): Promise<UnitView[]>;
  /** That a unit runs no more. */
  ended(unit: string): Promise<void>;
  journal: Journal;
  now(): number;
};

export function createNodeDaemons(options: NodeDaemonsOptions): NodeDaemons {
  const say = sayerOf(options.journal);
  const all = new Map(daemons(options.builtIn).map(([unit, daemon]) => [unit, at(daemon, options.address)]));
  /** When its unit was started, of what runs. */
  const started = new Map<string, number>();
  const limit = createStartLimit(options.now);
  const failed = new Set<string>();
  let init: Init | undefined;
  const over = async (unit: string, hasFailed: boolean) => {
    if (hasFailed) failed.add(unit);
    started.delete(unit);
    await options.ended(unit);
  };
  const start = async (unit: string, daemon: Daemon) => {
    const complaint = await init?.start(unit, daemon);
    if (!complaint) return;
    say(unit, complaint, 4);
    await over(unit, true);
  };
  const ended = async ({ unit, status }: Ending) => {
    const daemon = all.get(unit);
    if (!daemon) return;
    const isClean = noteEnd(say, unit, status);
    if (!comesAgain(daemon, isClean)) return over(unit, !isClean);
    const count = limit.next(unit);
    const again = `Scheduled restart job, restart counter is at ${count}.`;
    say(unit, count ? again : "Start request repeated too quickly.", count ? 6 : 4);
    return count ? start(unit, daemon) : over(unit, true);
  };
  const step = async ({ name, active, since }: UnitView) => {
    const daemon = all.get(name);
    const wanted = active === "active" ? since : undefined;
    if (!daemon || !init || started.get(name) === wanted) return;
    await init.stop(name);
    started.delete(name);
    if (wanted === undefined) return;
    failed.delete(name);
    started.set(name, wanted);
    await start(name, daemon);
  };
  const sync = oneAtATime(async () => {
    if (init) await Promise.all((await options.views()).map(step));
  });
  return {
    boot: async (booted) => {
      init = booted;
      for (const kept of [started, limit, failed]) kept.clear();
      init.onEnded((ending) => void ended(ending));
      await sync();
      return async () => {
        init = undefined;
      };
    },
    sync,
    process: (unit) => {
      const shown = all.get(unit)?.processes[0];
      return { pid: init?.pid(unit) ?? 0, hasFailed: failed.has(unit), ...(shown && { shown }) };
    },
    resetFailed: () => failed.clear(),
  };
}

const SIGNALS: Readonly<Record<number, string>> = { 3: "QUIT", 6: "ABRT", 9: "KILL", 11: "SEGV" };
/** HUP, INT, PIPE and TERM end a daemon as its end by itself does. */
const CLEAN = [0, 1, 2, 13, 15];

function comesAgain({ restart }: Daemon, isClean: boolean): boolean {
  return restart === "always" || (restart === "on-failure" && !isClean);
}

function at(daemon: Daemon, address: string): Daemon {
  return { ...daemon, sockets: daemon.sockets.map((socket) => socket.replace("ADDRESS", address)) };
}

type Say = (unit: string, message: string, priority: number) => void;

/** Whether it ended as a daemon may. */
function noteEnd(say: Say, unit: string, status: number): boolean {
  const [signal, code] = [status & 127, status >> 8];
  const isClean = code === 0 && CLEAN.includes(signal);
  const how = signal
    ? `code=killed, status=${signal}/${SIGNALS[signal] ?? signal}`
    : `code=exited, status=${code}/FAILURE`;
  say(unit, isClean ? "Deactivated successfully." : `Main process exited, ${how}`, isClean ? 6 : 5);
  if (!isClean) say(unit, `Failed with result '${signal ? "signal" : "exit-code"}'.`, 4);
  return isClean;
}

function sayerOf(journal: Journal): Say {
  return (unit, message, priority) =>
    journal.add({ unit, identifier: "systemd", pid: 1, priority, message: `${unit}: ${message}` });
}
