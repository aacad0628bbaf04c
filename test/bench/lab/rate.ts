/**
 * How fast the lab is and how much it takes, measured on one that runs as `./minilab lab` starts it: from the start of
 * its process to its last line, the memory of all its processes, requests to its API over kept connections.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { abortable } from "../../../agents/host/commands/abortable.ts";
import { memoryOf, rounded } from "../../rig/measure.ts";
import { measureSnapshot } from "./snapshot.ts";

export type RateFigures = {
  readsPerSecond: number;
  changesPerSecond: number;
  startSeconds: number;
  pssMb: number;
  snapshotMs: number;
  restoreMs: number;
};

const MAIN = join(import.meta.dirname, "../../../launcher/main.ts");
const CONNECTIONS = 8;
const READS = [
  "/version",
  "/nodes",
  "/cluster/resources",
  "/nodes/pve1/qemu/9000/config",
  "/nodes/pve2/status",
];

/** `seconds`: how long reads and changes are counted, each. */
export async function measureRate(signal: AbortSignal, seconds = 5): Promise<RateFigures> {
  const begun = performance.now();
  const child = spawn(process.execPath, [MAIN, "lab", "--start", "day3"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = once(child, "exit");
  try {
    const lines: string[] = [];
    const output = createInterface(child.stdout).on("line", (line) => lines.push(line));
    while (lines.at(-1) !== "  }") await abortable(once(output, "line"), signal);
    const startSeconds = (performance.now() - begun) / 1000;
    const pssMb = pssOf(child.pid ?? 0);
    const client = clientOf(lines.join("\n"));
    const many = { client, seconds, signal };
    const readsPerSecond = await count(many, (at) => ({
      method: "GET",
      path: READS[at % READS.length] ?? "",
    }));
    const changesPerSecond = await count(many, (at) => ({
      method: "PUT",
      path: "/nodes/pve1/qemu/9000/config",
      body: `description=${at}`,
    }));
    client.agent.destroy();
    const figures = {
      readsPerSecond,
      changesPerSecond,
      startSeconds: rounded(startSeconds),
      pssMb: rounded(pssMb),
    };
    return { ...figures, ...(await measureSnapshot(signal)) };
  } finally {
    child.kill("SIGINT");
    await gone;
  }
}

type Client = { endpoint: string; token: string; agent: Agent };
type Question = { method: string; path: string; body?: string };

/** By what the lab prints. */
function clientOf(text: string): Client {
  const of = (pattern: RegExp) => pattern.exec(text)?.[1] ?? "";
  const ca = readFileSync(of(/SSL_CERT_FILE=(\S+)/), "utf8");
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, ca });
  return { endpoint: of(/endpoint {2}= "(.+)"/), token: of(/api_token = "(.+)"/), agent };
}

type Many = { client: Client; seconds: number; signal: AbortSignal };

/** Answers a second; throws for one that is not 200. */
async function count({ client, seconds, signal }: Many, next: (at: number) => Question): Promise<number> {
  const begun = performance.now();
  let asked = 0;
  const one = async () => {
    while (performance.now() - begun < seconds * 1000) await ask(client, next(asked++), signal);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  return Math.round((asked * 1000) / (performance.now() - begun));
}

async function ask(
  { endpoint, token, agent }: Client,
  { method, path, body }: Question,
  signal: AbortSignal,
) {
  const form = { "content-type": "application/x-www-form-urlencoded", "content-length": body?.length ?? 0 };
  const headers = { authorization: `PVEAPIToken=${token}`, ...(body === undefined ? {} : form) };
  const sent = request(new URL(`api2/json${path}`, endpoint), { method, headers, agent, signal }).end(body);
  const [response] = await once(sent, "response");
  response.resume();
  await once(response, "end");
  if (response.statusCode !== 200) throw new Error(`${method} ${path}: ${response.statusCode}`);
}

/** Megabytes of a process and of all that descend from it. */
function pssOf(root: number): number {
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), parentOf(name)]),
  );
  const isOurs = (pid: number): boolean => pid === root || (pid > 1 && isOurs(parents.get(pid) ?? 0));
  return [...parents.keys()].filter(isOurs).reduce((sum, pid) => sum + pssOfOne(pid), 0);
}

function parentOf(pid: string): number {
  try {
    return Number(/^PPid:\s(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** 0 for a process that has ended meanwhile. */
function pssOfOne(pid: number): number {
  try {
    return memoryOf(pid).pssMb;
  } catch {
    return 0;
  }
}
