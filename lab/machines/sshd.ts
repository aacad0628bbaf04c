/** OpenSSH's own server as a service of a machine: started, reloaded and stopped as its unit says. */
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { Machine, Service } from "./machine.ts";
import { pidInside } from "./services.ts";

export type Sshd = {
  /** Each of these three: empty, or what is wrong with its settings; then nothing has changed. */
  start(): Promise<string>;
  reload(): Promise<string>;
  restart(): Promise<string>;
  /** Who is in stays in. */
  stop(): Promise<void>;
  /** Of its main process, as the machine knows it; 0 when it was stopped, or has ended by itself. */
  pid(): number;
};

const SSHD = "/usr/sbin/sshd";
/** It says that it listens, unless its settings keep it from saying anything. */
const SILENT_MS = 2_000;

type Running = Service & { listens(): Promise<void> };

export type SshdOptions = {
  /** Gets each line that it has for the journal. */
  log(line: string): void;
  /** It has ended, and nobody here has asked it to: by its own will, or by a signal. */
  ended(signal: string | null): void;
};

export function sshdOf(machine: Machine, { log, ended }: SshdOptions): Sshd {
  let running: Running | undefined;
  const active = () =>
    running !== undefined && running.child.exitCode === null && running.child.signalCode === null;
  const stop = async () => {
    const service = active() ? running : undefined;
    running = undefined;
    if (!service) return;
    process.kill(service.pid, "SIGTERM");
    await service.gone;
  };
  const start = async () => {
    if (active()) return "";
    const complaint = await check(machine);
    if (complaint) return complaint;
    const launched = await launch(machine, log);
    running = launched;
    void launched.gone.then(() => {
      if (running !== launched) return;
      running = undefined;
      ended(launched.child.signalCode);
    });
    await launched.listens();
    return active() ? "" : "sshd has ended";
  };
  return {
    start,
    stop,
    pid: () => (active() ? pidInside(running) : 0),
    restart: async () => {
      const complaint = await check(machine);
      if (complaint) return complaint;
      await stop();
      return start();
    },
    reload: async () => {
      const complaint = await check(machine);
      if (complaint) return complaint;
      if (!running || !active()) return "Unit ssh.service cannot be reloaded because it is inactive.";
      const again = running.listens();
      process.kill(running.pid, "SIGHUP");
      await again;
      return active() ? "" : "sshd has ended";
    },
  };
}

async function launch(machine: Machine, log: (line: string) => void): Promise<Running> {
  const service = await machine.serve([SSHD, "-D", "-e"], {});
  const lines = createInterface(service.child.stderr);
  lines.on("line", log);
  const listens = () =>
    new Promise<void>((resolve) => {
      const silence = setTimeout(resolve, SILENT_MS);
      const heard = (line: string) => {
        if (!line.startsWith("Server listening")) return;
        lines.off("line", heard);
        clearTimeout(silence);
        resolve();
      };
      lines.on("line", heard);
      void service.gone.then(() => heard("Server listening no more"));
    });
  return { ...service, listens };
}

/** As the unit's ExecStartPre and ExecReload do it. */
async function check(machine: Machine): Promise<string> {
  const child = machine.spawn([SSHD, "-t"], {});
  child.stdin.end();
  const complaint = text(child.stderr);
  const code = await new Promise((resolve) => child.once("close", resolve));
  return code === 0 ? "" : (await complaint).trim() || `sshd -t: exit ${code}`;
}
