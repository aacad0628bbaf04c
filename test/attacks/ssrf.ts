/**
 * The class `ssrf`: fetch_webpage asked for private places in every disguise, in a network namespace of its own, where
 * a server answers at every address and a resolver lies. Harm is a private address that was connected to, or a page's
 * hidden words that reach the model.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { AppError, describeError } from "../../agents/base/errors.ts";
import type { AttackClass, AttackOptions, Tally } from "./attack-class.ts";
import { SSRF_LAYERS } from "./ssrf-fetch.ts";

export const ssrf: AttackClass = {
  name: "ssrf",
  layers: SSRF_LAYERS,
  run: (options) => runSsrf(options, 1),
};

const LIMIT_MS = 600_000;
/** Every address is local, and the resolver is the one below. */
const SETUP =
  'mount --bind "$0/resolv.conf" /etc/resolv.conf && ip link set lo up && ip route add local 0.0.0.0/0 dev lo && ' +
  'ip -6 route add local ::/0 dev lo && exec "$@"';
const INSIDE = join(import.meta.dirname, "./ssrf-inside.ts");

/** Tries every n-th form. */
export async function runSsrf({ without = "", signal }: AttackOptions, every: number): Promise<Tally> {
  const directory = await mkdtemp(join(tmpdir(), "minilab-ssrf-"));
  try {
    await writeFile(join(directory, "resolv.conf"), "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
    const program = [process.execPath, INSIDE, directory, without, String(every)];
    return JSON.parse(await inOwnNetwork([directory, ...program], signal));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function inOwnNetwork(args: string[], signal: AbortSignal): Promise<string> {
  const command = [
    "--map-root-user",
    "--net",
    "--mount",
    "--kill-child",
    "--fork",
    "sh",
    "-c",
    SETUP,
    ...args,
  ];
  try {
    const { stdout } = await promisify(execFile)("unshare", command, { timeout: LIMIT_MS, signal });
    return stdout;
  } catch (error) {
    const remedy = "it needs user namespaces, unshare (util-linux) and ip: apt-get install iproute2";
    throw new AppError(
      "missing_requirement",
      `No network of its own for ssrf: ${describeError(error)}\n${remedy}`,
    );
  }
}
