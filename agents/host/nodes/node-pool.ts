/** The pool: commands over the connections to the nodes, and what else needs the key of these. */
import type { TakenAddress } from "../../base/guest-networks.ts";
import type { Artifacts } from "../../base/truncate.ts";
import type { Redactor } from "../../redact/redact.ts";
import { redacted } from "../../redact/redacted.ts";
import type { CallId } from "../commands/call-id.ts";
import { NO_OUTPUT } from "../commands/capture.ts";
import { Connections } from "./connections.ts";
import { GuestList, type GuestListOptions } from "./guest-list.ts";
import { serveGuests } from "./guest-run.ts";
import type { GuestAccess } from "./host.ts";
import { isPinned } from "./known-nodes.ts";
import { type ConnectionOptions, requireKey } from "./log-in.ts";
import { addressesAround } from "./node-addresses.ts";
import { endRemote, runsRemote } from "./remote-end.ts";
import { CONFIRM_MS, execRemote } from "./remote-exec.ts";
import type { NodePool, RemoteCaller, RemoteResult, WantedLogin } from "./ssh.ts";
import { serveSshAgent } from "./ssh-agent.ts";

/** For a node to tell the addresses around it, connecting included. */
const ASK_MS = 5_000;

export type GuestSource = Pick<GuestListOptions, "read" | "guard"> &
  Pick<GuestAccess, "privateKey" | "knownGuestsFile">;

export type NodePoolOptions = Omit<ConnectionOptions, "guests"> & {
  /** None unless told. */
  guests?: GuestSource;
  artifacts: Artifacts;
  redactor: Redactor;
};

export function createNodePool(options: NodePoolOptions): NodePool {
  const { guests: source, ...access } = options;
  const list =
    source && new GuestList({ ...source, ask: (signal) => askNodes(connections, options, signal) });
  const guests = source && list && { ...source, find: list.find, names: list.names };
  const connections: Connections = new Connections({ ...access, guests });
  return {
    nodes: options.nodes,
    guests: async (signal) => (await list?.all(signal)) ?? { hosts: [], problems: [] },
    serveGuests: async (serve) =>
      list &&
      source &&
      (await serveGuests({
        ...serve,
        hosts: (await list.all(serve.signal)).hosts,
        access: source,
        open: (name) => connections.openSsh(name, serve.signal),
      })),
    knownGuestsFile: source?.knownGuestsFile,
    openSocket: (name, port, signal) => connections.open(name, port, signal),
    user: options.user,
    knownNodesFile: options.knownNodesFile,
    exec: (name, command, how) => exec({ options, connections, name, ...how }, command),
    end: (name, id) => end(connections, name, id),
    runs: (name, id) => runs(connections, name, id),
    pin: (name, { signal }) => connections.use(name, { login: "kept", signal }, async () => {}),
    suspect: (name) => connections.suspect(name),
    isOpen: (name) => connections.has(name),
    serveAgent: async (serve) =>
      serveSshAgent({
        ...serve,
        privateKey: requireKey(options.privateKey),
        user: options.user,
        isHost: (key) => isPinned(options.knownNodesFile, options.nodes, key),
      }),
    disconnect: () => connections.retire(),
    close: () => connections.close(),
  };
}

/** Of those that answer; undefined when none does. */
async function askNodes(
  connections: Connections,
  { nodes }: Pick<NodePoolOptions, "nodes">,
  signal: AbortSignal,
): Promise<TakenAddress[] | undefined> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]);
  const asked = nodes.map(({ name }) =>
    connections.use(name, { login: "kept", signal: limit }, (client) => addressesAround(client, name, limit)),
  );
  const told = (await Promise.allSettled(asked)).filter((one) => one.status === "fulfilled");
  signal.throwIfAborted();
  return told.length === 0 ? undefined : told.flatMap(({ value }) => value);
}

type Order = {
  options: NodePoolOptions;
  connections: Connections;
  name: string;
  timeoutMs: number;
  call: RemoteCaller;
  login?: WantedLogin;
};

async function end(connections: Connections, name: string, callId: CallId): Promise<boolean> {
  const signal = AbortSignal.timeout(CONFIRM_MS);
  const ended = connections.use(name, { login: "kept", signal }, (client) =>
    endRemote(client, { callId, signal }),
  );
  return await ended.catch(() => false); // not confirmed, whatever the reason
}

async function runs(connections: Connections, name: string, callId: CallId): Promise<boolean | undefined> {
  const signal = AbortSignal.timeout(CONFIRM_MS);
  const looked = connections.use(name, { login: "kept", signal }, (client) =>
    runsRemote(client, { callId, signal }),
  );
  return await looked.catch(() => undefined); // not known, whatever the reason
}

async function exec({ options, connections, name, timeoutMs, call, login = "any" }: Order, command: string) {
  const limit = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([call.signal, limit]);
  const outputs = { outputDirectory: options.artifacts.directory, redactor: options.redactor };
  let isBegun = false;
  try {
    const result = await connections.use(name, { login, signal }, async (client, used) => {
      call.permit();
      call.touch(name);
      isBegun = true;
      const result = await execRemote(client, command, { callId: call.id, signal, limit, ...outputs });
      if (result.kind === "lost") await connections.forget(name, client);
      return { ...result, login: used };
    });
    // a node that has just not answered is not asked again: there is no time left
    const isLeft = result.kind === "lost" && (signal.aborted || !(await end(connections, name, call.id)));
    if (!isLeft) call.settle(name);
    return { ...result, isLeft };
  } catch (error) {
    if (isBegun || !limit.aborted || call.signal.aborted) throw error;
    return unreached(timeoutMs);
  }
}

/** The time was over before the node had taken the command. */
function unreached(timeoutMs: number): RemoteResult {
  const text = redacted`The node gave no connection within ${timeoutMs / 1_000} s; the command was not begun.`;
  const stderr = { ...NO_OUTPUT, text, totalBytes: Buffer.byteLength(text) };
  return { kind: "timeout", exitCode: null, signalName: null, stdout: NO_OUTPUT, stderr, failedParts: [] };
}
