/** The agent of a container as a program beside it sees it: what may not be stolen, changed, ended or talked to. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { AppError } from "../../agents/base/errors.ts";

const DOCS = "/app/docs";
const SECRETS = ["/run/minilab", "/app/tmp"];

/** The process that Docker's init has started. */
export function agentPid(): number {
  return Number(readFileSync("/proc/1/task/1/children", "utf8").trim());
}

export function environmentOf(pid: number): Record<string, string> {
  const entries = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").filter(Boolean);
  return Object.fromEntries(entries.map((entry) => entry.split(/=(.*)/s).slice(0, 2)));
}

/** AppError `bad_config` when this process has other users, groups or capabilities than the agent. */
export function requireRightsOf(pid: number): void {
  const rights = (of: number | "self") => {
    const status = readFileSync(`/proc/${of}/status`, "utf8");
    return (status.match(/^(?:Uid|Gid|Groups|Cap\w+|NoNewPrivs):.*$/gm) ?? []).join("\n");
  };
  if (rights("self") !== rights(pid))
    throw new AppError("bad_config", "these are not the rights of the agent");
}

/** Each line that is long enough to be told from others. AppError `bad_config` when there is nothing to steal. */
export function secretLines(): string[] {
  const files = SECRETS.flatMap((folder) => listed(folder).map((name) => join(folder, name)));
  const texts = files
    .filter((file) => !file.endsWith("known_nodes"))
    .map((file) => readFileSync(file, "utf8"));
  const lines = texts.flatMap((text) => text.split("\n")).filter((line) => line.length > 7);
  if (lines.length === 0) throw new AppError("bad_config", "there is nothing to steal");
  return lines.filter((line) => !line.startsWith("---"));
}

/** Another value when the agent was replaced or its records were changed. */
export function stateOf(pid: number): string {
  const logs = listed(DOCS).filter((name) => name.startsWith("execution_log_"));
  const texts = logs.map((name) => `${name} ${readFileSync(join(DOCS, name), "utf8")}`);
  return [birthOf(pid), ...texts].join("\n");
}

/** When it was started: another process of its number has another time. */
function birthOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[19];
  } catch {
    return undefined; // it is gone
  }
}

/** An ear on one TCP and UDP port of each address. */
export async function listen(): Promise<{ port: number; heard(): boolean; close(): void }> {
  let isHeard = false;
  const hear = () => {
    isHeard = true;
  };
  const server = createServer((socket) => socket.destroy())
    .on("connection", hear)
    .listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = createSocket("udp6").on("message", hear).bind(port);
  await once(socket, "listening");
  return {
    port,
    /** Since it was asked last. */
    heard: () => {
      const before = isHeard;
      isHeard = false;
      return before;
    },
    close: () => void [server.close(), socket.close()],
  };
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not every role has it
  }
}
