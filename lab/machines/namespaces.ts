/** Starts namespaces.pl, which does for the lab what only a process inside its namespaces can do. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { arch } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { AppError } from "../../agents/base/errors.ts";
import { commandFilter } from "../../agents/host/commands/seccomp.ts";
import { processorOf } from "../../agents/host/commands/system-calls.ts";

/** Beside this file, and beside the bundles, where launcher/team/bundle.ts puts it. */
const PROGRAM = join(import.meta.dirname, "namespaces.pl");

const NEEDED = "unshare setns mount umount2 pivot_root sethostname prctl sendmsg recvmsg".split(" ");

/**
 * What a machine's root may do to what is the machine's: CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP,
 * NET_BIND_SERVICE, NET_ADMIN, NET_RAW, SYS_CHROOT, AUDIT_WRITE, SETFCAP. Without SYS_ADMIN what is mounted stays.
 */
const CAPABILITIES = [0, 1, 3, 4, 5, 6, 7, 8, 10, 12, 13, 18, 29, 31];

export type Mode =
  | "network"
  | "machine"
  | "enter"
  | "serve"
  | "remount"
  | "forward"
  | "remove"
  | "copy"
  | "pmxcfs";

export const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The command line of namespaces.pl. AppError `missing_requirement` on a processor whose calls are not known. */
export function namespacesArguments(mode: Mode, words: readonly string[]): string[] {
  const { numbers } = processorOf(arch());
  const calls = NEEDED.map((name) => `${name}=${numbers[name]}`).join(",");
  return [PROGRAM, mode, calls, ...words];
}

/** What every process of a machine is left with: the filter of its system calls in hexadecimal, its capabilities. */
export function remainingRights(): [filter: string, capabilities: string] {
  return [commandFilter({ network: true }).toString("hex"), CAPABILITIES.join(",")];
}

export type Keeper = {
  child: ChildProcessWithoutNullStreams;
  /** The next line that it prints. AppError `missing_requirement` with its complaint when it ends instead. */
  line(): Promise<string>;
  /** Ends it, and waits until it has ended. */
  close(): Promise<void>;
};

/** A process that holds something until its input is closed. `cwd` defaults to the root. */
export function startKeeper(mode: Mode, words: readonly string[], cwd = "/"): Keeper {
  const env = { PATH: SYSTEM_PATH };
  const child = spawn("perl", namespacesArguments(mode, words), { env, cwd, detached: true });
  const complaint = text(child.stderr);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  child.stdin.on("error", () => child.stdin.destroy()); // it has ended: `line` and `close` see to it
  const gone = ended(child);
  return {
    child,
    line: async () => {
      const { value, done } = await lines.next();
      if (!done) return value;
      throw new AppError(
        "missing_requirement",
        `a ${mode} of the lab: ${(await complaint).trim() || "perl is missing"}`,
      );
    },
    close: async () => {
      child.stdin.end();
      await gone;
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  await once(child, "exit").catch(() => {}); // was never started
}
