/** The inside of a guest that has booted: what its agent tells, and what is run there for somebody outside. */
import { once } from "node:events";
import type { Readable } from "node:stream";
import { z } from "zod";
import type { ExecStatus, Inside } from "../cluster/guests-inside.ts";
import type { CommandOutcome } from "../cluster/outcome.ts";
import type { Row } from "../cluster/state.ts";
import type { Machine } from "../machines/machine.ts";
import { runIn } from "../machines/run-in.ts";
import { SERVICE_PATH } from "../machines/services.ts";
import type { GuestMachine } from "./guest-machine.ts";

export type LookedInside = Inside & { look(): Promise<void> };

export const ENVIRONMENT = {
  PATH: SERVICE_PATH,
  HOME: "/root",
  LANG: "C.UTF-8",
  USER: "root",
  SHELL: "/bin/bash",
  TERM: "linux",
};

const LOOK = "hostname; uname -r; ip -j -s address; echo; cat /etc/os-release";
const rows = z.array(z.looseObject({ ifname: z.string() }));
/** Results are kept until they are asked for, and no longer than so many others. */
const MAX_KEPT = 100;
/** Of each stream; what comes after it is thrown away. */
const MAX_CHARS = 16 * 1024 * 1024;

export function insideOf({ computer, hasAgent }: GuestMachine): LookedInside {
  const execs = new Map<number, ExecStatus>();
  let next = 1_000;
  let isFrozen = false;
  let known = { hostname: "", kernel: "", addresses: [] as Row[], osRelease: {} as Record<string, string> };
  const machine = () => computer.machine;
  const run = async (pid: number, argv: readonly string[], input: string) => {
    const [program = "/bin/false", ...words] = argv;
    const up = machine();
    if (up) execs.set(pid, { exited: true, ...(await runInside(up, [program, ...words], input)) });
  };
  return {
    get hasAgent() {
      return machine() !== undefined && hasAgent();
    },
    get isFrozen() {
      return isFrozen;
    },
    get hostname() {
      return known.hostname;
    },
    get kernel() {
      return known.kernel;
    },
    get addresses() {
      return known.addresses;
    },
    get osRelease() {
      return known.osRelease;
    },
    freeze: (wanted) => {
      isFrozen = wanted;
    },
    start: (argv, input) => {
      const pid = next++;
      execs.set(pid, { exited: false, exitCode: 0, stdout: "", stderr: "" });
      for (const old of [...execs.keys()].slice(0, -MAX_KEPT)) execs.delete(old);
      void run(pid, argv, input);
      return pid;
    },
    status: (pid) => execs.get(pid),
    look: async () => {
      const up = machine();
      if (up) known = read((await runIn(up, ["/bin/sh", "-c", LOOK], { env: ENVIRONMENT })).stdout);
    },
  };
}

/** A program of the guest, found there by its name, to its end. */
export async function runInside(
  machine: Machine,
  argv: readonly string[],
  input: string,
): Promise<CommandOutcome> {
  const child = machine.spawn(["/usr/bin/env", "--", ...argv], ENVIRONMENT);
  child.stdin.on("error", () => child.stdin.destroy()); // it does not read
  child.stdin.end(input);
  const ended = once(child, "close") as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([begin(child.stdout), begin(child.stderr), ended]);
  return { exitCode: code ?? 255, stdout, stderr };
}

async function begin(stream: Readable): Promise<string> {
  let kept = "";
  for await (const chunk of stream.setEncoding("utf8") as AsyncIterable<string>)
    if (kept.length < MAX_CHARS) kept += chunk;
  return kept.slice(0, MAX_CHARS);
}

/** Root of the guest may have made anything of these programs. */
function read(stdout: string) {
  const [hostname = "", kernel = "", addresses = "[]", ...release] = stdout.slice(0, 256 * 1024).split("\n");
  const pairs = release.flatMap((line) => {
    const [, name = "", value = ""] = /^([A-Z_]{1,40})="?([^"]{0,200})/.exec(line) ?? [];
    return name ? [[name.toLowerCase(), value] as const] : [];
  });
  return { hostname, kernel, addresses: rowsOf(addresses), osRelease: Object.fromEntries(pairs) };
}

function rowsOf(json: string): Row[] {
  try {
    return rows.parse(JSON.parse(json)) as Row[];
  } catch {
    return [];
  }
}
