/** The command line behind ./minilab: one module a command, loaded when it is asked for. */
import { describeError, isAppError } from "../agents/base/errors.ts";
import { isTerminalShared } from "./team/child.ts";

/** Resolves with the exit code. Everything it started has ended by then. */
type Command = (args: string[], signal: AbortSignal) => Promise<number>;

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import("./up.ts")).up,
  rehearse: async () => (await import("./rehearse.ts")).rehearse,
  test: async () => (await import("./test.ts")).test,
  lab: async () => (await import("./lab.ts")).lab,
  bench: async () => (await import("./bench.ts")).bench,
  doctor: async () => (await import("./doctor.ts")).doctor,
  turn: async () => (await import("./inspect.ts")).turn,
  sessions: async () => (await import("./sessions.ts")).sessions,
  cost: async () => (await import("./cost.ts")).cost,
  audit: async () => (await import("./audit.ts")).audit,
  export: async () => (await import("./export.ts")).exportSession,
  mint: async () => (await import("./mint.ts")).mint,
  replay: async () => (await import("./replay.ts")).replayFile,
  reset: async () => (await import("./reset.ts")).reset,
  console: async () => (await import("./up.ts")).openConsole,
  "guest-key": async () => (await import("./guest-key-command.ts")).guestKey,
};

process.exitCode = await main(process.argv.slice(2));

async function main([name = "", ...args]: string[]): Promise<number> {
  const load = COMMANDS[name];
  if (load === undefined) return complain(`unknown command "${name}"; ./minilab help lists them`, 2);
  const signal = endSignal();
  try {
    const command = await load();
    return await command(args, signal);
  } catch (error) {
    if (signal.aborted && error === signal.reason) return complain("interrupted", 1);
    return complain(isAppError(error) ? error.message : error, 1);
  }
}

/** Aborts at the first request to end; the second one gets its default effect. Ctrl+C may be for the console. */
function endSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGTERM", "SIGHUP"] as const) process.once(name, () => controller.abort());
  const onInterrupt = () => {
    if (process.stdin.isTTY && isTerminalShared()) return;
    process.off("SIGINT", onInterrupt);
    controller.abort();
  };
  process.on("SIGINT", onInterrupt);
  return controller.signal;
}

/** A mistake of ours keeps its stack, a mistake of the operator is one clear text. */
function complain(what: unknown, exitCode: number): number {
  const text = what instanceof Error ? (what.stack ?? describeError(what)) : String(what);
  process.stderr.write(`minilab: ${text}\n`);
  return exitCode;
}
