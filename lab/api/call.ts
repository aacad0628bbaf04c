/** What a route is given and what it may be: reading, writing at once, or a task that takes its time. */
import { privilegesAt } from "../cluster/access.ts";
import type { GuestsInside } from "../cluster/guests-inside.ts";
import { StatusError } from "../cluster/parameter-error.ts";
import type { ClusterState, Json, Row } from "../cluster/state.ts";

export type Call = {
  /** A draft, where the route may change it. */
  state: ClusterState;
  /** Of the path and of the request, with the types of the schema. */
  params: Row;
  /** `root@pam`, `ci@pve!tf`. */
  user: string;
  /** Milliseconds since the epoch. */
  now: number;
  settings: Settings;
  /** What programs print meanwhile, for who typed a command on the node. */
  say(text: string): void;
};

/** How the cluster behaves in time and towards the outside. */
export type Settings = {
  /** How long tasks take, by their type; `default` for all others. Milliseconds. */
  durations: Readonly<Record<string, number>>;
  /** After how long a guest's agent answers that has one. */
  agentDelayMs: number;
  /** What is there to be downloaded, by URL: its size in bytes. `default` for any other https URL; none: refused. */
  downloads: Readonly<Record<string, number>>;
  /** `AA:BB:...` of the certificate on port 8006. */
  fingerprint: string;
  /** Of the CA that signed it. */
  caFingerprint: string;
  /** Takes in what somebody has put into the folders of storages, on the nodes themselves. */
  lookAtNodes(): Promise<unknown>;
  /** Of those that boot; without it none does, and their agents answer from the configuration. */
  guests?: GuestsInside;
};

export const DEFAULT_SETTINGS: Settings = {
  durations: { default: 0 },
  agentDelayMs: 10_000,
  downloads: { default: 643_825_664 },
  fingerprint: "00:00",
  caFingerprint: "00:00",
  lookAtNodes: async () => {},
};

export type Handler =
  | { kind: "read"; run(call: Call): Json }
  | { kind: "write"; run(call: Call): Json | undefined }
  | {
      kind: "task";
      /** As in the UPID: `qmclone`. */
      task: string;
      /** What the UPID names: a guest, a file. */
      id(params: Row): string;
      /** What is refused at once, and what is seen while the task runs: locks, new guests. */
      begin?(call: Call): void;
      /** The effect, when its time is over; what it returns is the log. What it throws is the exit status. */
      run(call: Call): string;
      /** Puts back what `begin` did when `run` has failed. */
      undo?(call: Call): void;
    };

/** By method and pattern: `GET /nodes/{node}/qemu`. */
export type Handlers = Readonly<Record<string, Handler>>;

export function read(run: (call: Call) => Json): Handler {
  return { kind: "read", run };
}

export function write(run: (call: Call) => Json | undefined): Handler {
  return { kind: "write", run };
}

/** A parameter as text, empty when it was not given. */
export function text(call: Call, name: string): string {
  const value = call.params[name];
  return value === undefined || value === null ? "" : String(value);
}

export function has(call: Call, name: string): boolean {
  return call.params[name] !== undefined;
}

export function isOn(call: Call, name: string): boolean {
  return call.params[name] === 1;
}

/** As split_list of PVE/Tools.pm: a parameter that was given more than once comes with NUL between its values. */
export function list(call: Call, name: string): string[] {
  return text(call, name)
    .split(/[,;\s\0]+/)
    .filter(Boolean);
}

/** The parameters without those that are named. */
export function without(params: Row, ...names: string[]): Row {
  return Object.fromEntries(Object.entries(params).filter(([name]) => !names.includes(name)));
}

export function may(call: Call, path: string, ...privileges: string[]): boolean {
  const held = privilegesAt(call.state, call.user, path);
  return privileges.some((privilege) => held.has(privilege));
}

/** StatusError 403 unless the caller has one of the privileges. */
export function require(call: Call, path: string, ...privileges: string[]): void {
  if (!may(call, path, ...privileges))
    throw new StatusError(403, `Permission check failed (${path}, ${privileges.join("|")})`);
}
