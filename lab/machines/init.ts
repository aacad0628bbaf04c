/** The first process of a machine (systemd.pl), which starts the daemons of its units and tells when one has ended. */
import type { Daemon, DaemonProcess } from "../systemd/daemons.ts";
import type { Keeper } from "./namespaces.ts";

/** `status` as wait(2) has it. */
export type Ending = { unit: string; status: number };

export type Init = {
  /** Empty, or why it could not start. A unit has one daemon at a time. */
  start(unit: string, daemon: Daemon): Promise<string>;
  /** Asks it to end, and waits; ends it when it does not. */
  stop(unit: string): Promise<void>;
  /** Of its main process, as the machine knows it; 0 for none. */
  pid(unit: string): number;
  /** Of one that was not asked to. */
  onEnded(tell: (ending: Ending) => void): void;
  /** Asks every process of the machine to end, and does not wait; nobody is told of these ends. */
  shutdown(): Promise<void>;
};

type Running = { pid: number; ended: PromiseWithResolvers<void>; isStopping: boolean };

const PATIENCE_MS = 5_000;
const OVER = "The machine has ended.";

/** Over the lines of the keeper, once it has said that everything is ready. */
export function initOf(keeper: Keeper): Init {
  const running = new Map<string, Running>();
  const starting = new Map<string, (complaint: string) => void>();
  const down = Promise.withResolvers<void>();
  let isOver = false;
  const listeners: ((ending: Ending) => void)[] = [];
  const send = (...words: string[]) => void keeper.child.stdin.write(`${words.join("\t")}\n`);
  const answered = (unit: string, complaint: string) => {
    starting.get(unit)?.(complaint);
    starting.delete(unit);
  };
  const heard = (line: string) => {
    const [what, unit = "", ...rest] = line.split("\t");
    if (what === "down") down.resolve();
    if (what === "failed") answered(unit, rest.join(" "));
    if (what === "started") {
      running.set(unit, { pid: Number(rest[0]), ended: Promise.withResolvers<void>(), isStopping: false });
      answered(unit, "");
    }
    const one = running.get(unit);
    if (what !== "gone" || one?.pid !== Number(rest[0])) return;
    running.delete(unit);
    one.ended.resolve();
    if (!one.isStopping) for (const tell of listeners) tell({ unit, status: Number(rest[1]) });
  };
  void listen(keeper, heard).then(() => {
    isOver = true;
    for (const unit of [...starting.keys()]) answered(unit, OVER);
    for (const { ended } of running.values()) ended.resolve();
    running.clear();
    down.resolve();
  });
  return {
    start: (unit, daemon) =>
      new Promise((resolve) => {
        if (isOver) return resolve(OVER);
        starting.set(unit, resolve);
        send("start", unit, daemon.sockets.join(" "), ...daemon.processes.map(processLine));
      }),
    stop: async (unit) => {
      const one = running.get(unit);
      if (!one) return;
      one.isStopping = true;
      send("signal", String(one.pid), "TERM");
      const patience = setTimeout(() => send("signal", String(one.pid), "KILL"), PATIENCE_MS);
      await one.ended.promise;
      clearTimeout(patience);
    },
    pid: (unit) => running.get(unit)?.pid ?? 0,
    onEnded: (tell) => void listeners.push(tell),
    shutdown: () => {
      send("shutdown");
      return down.promise;
    },
  };
}

/** Until the machine has ended. */
async function listen(keeper: Keeper, heard: (line: string) => void): Promise<void> {
  for (;;) {
    const line = await keeper.line().catch(() => undefined);
    if (line === undefined) return;
    heard(line);
  }
}

function processLine({ user, name, title, shares }: DaemonProcess): string {
  return [user, name, title, shares ? "1" : ""].join("|");
}
