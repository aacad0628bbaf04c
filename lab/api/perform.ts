/**
 * One request to the API, whoever brings it (HTTPS, pvesh, a tool): finds the route, checks privileges and parameters,
 * runs it, keeps the journal, and says what came of it in the words and statuses of Proxmox VE.
 */
import { type AppError, isAppError } from "../../agents/base/errors.ts";
import { ParameterError, StatusError } from "../cluster/parameter-error.ts";
import type { ClusterState, Json } from "../cluster/state.ts";
import { nodeOf } from "../cluster/storage.ts";
import { indexOf } from "./index-of.ts";
import { checkParameters } from "./parameters.ts";
import { requirePermission } from "./permissions.ts";
import type { Found, Route } from "./table.ts";
import { type Engine, settle, startTask } from "./tasks.ts";

export type Api = Engine & {
  /** Routes of Proxmox VE that were asked for and are not simulated, and how often. */
  gaps: Map<string, number>;
};

export type ApiRequest = {
  method: string;
  /** Decoded, without `/api2/json`. */
  segments: readonly string[];
  given: Readonly<Record<string, string>>;
  /** `root@pam`, `ci@pve!tf`; null for somebody without a name. */
  user: string | null;
  /** A command on a node, which waits for its tasks and is in the journal already. */
  isCommand?: boolean;
  /** What is printed meanwhile; added to. */
  said?: string[];
};

/** `errors`: what is wrong with each parameter. */
export type ApiReply = {
  status: number;
  data: Json;
  message?: string;
  errors?: Readonly<Record<string, string>>;
  /** What was asked for is not there. */
  isMissing?: boolean;
};

const HIDDEN = /password|secret|private|^key$|^value$/;

export function perform(api: Api, request: ApiRequest): ApiReply {
  try {
    settle(api);
    return { status: 200, data: answer(api, request) };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return refusal(error);
  }
}

export function refusal(error: AppError): ApiReply {
  if (error instanceof ParameterError)
    return { status: 400, data: null, message: "Parameter verification failed.", errors: error.errors };
  if (error instanceof StatusError) return { status: error.status, data: null, message: error.message };
  const status = error.code === "bad_arguments" ? 400 : 500;
  return { status, data: null, message: error.message, isMissing: error.code === "not_found" };
}

/** Whether somebody without a name may use what is there: `/version` no, `/access/ticket` yes. */
export function isPublic(api: Api, request: Pick<ApiRequest, "method" | "segments">): boolean {
  return api.table.find(request.method, request.segments)?.route.check === "world";
}

function answer(api: Api, request: ApiRequest): Json {
  const { method, segments, user } = request;
  const found = api.table.find(method, segments);
  const path = `/${segments.join("/")}`;
  if (!found) throw new StatusError(501, `Method '${method} ${path}' not implemented`, "not_found");
  const { route } = found;
  if (user === null && route.check !== "world") throw new StatusError(401, "No ticket");
  const given = { ...request.given, ...found.given };
  requirePermission(route.check, { state: api.store.state(), user: user ?? "", given });
  if (found.given["node"] !== undefined && route.path.startsWith("/nodes/"))
    nodeOf(api.store.state(), found.given["node"]);
  return run(api, { found, given, path, user: user ?? "", request });
}

type Asked = { found: Found; given: Record<string, string>; path: string; user: string; request: ApiRequest };

function run(api: Api, asked: Asked): Json {
  const { route } = asked.found;
  const { handler } = route;
  const index = handler ? undefined : indexOf(api.table, route);
  if (index) return index;
  const params = checkParameters(route.parameters, asked.given, route.isOpen);
  if (!handler) return gap(api, route);
  const call = {
    state: api.store.state(),
    params,
    user: asked.user,
    now: api.store.now(),
    settings: api.settings,
    say: (text: string) => void asked.request.said?.push(text),
  };
  if (handler.kind === "read") return handler.run(call);
  const act = () => {
    if (handler.kind === "write") return api.store.change((state) => handler.run({ ...call, state })) ?? null;
    const { user, request } = asked;
    return startTask(api, handler, {
      route: `${route.method} ${route.path}`,
      params,
      user,
      isAwaited: request.isCommand === true,
    });
  };
  return asked.request.isCommand ? act() : journaled(api, asked, act);
}

function gap(api: Api, route: Route): never {
  const name = `${route.method} ${route.path}`;
  api.gaps.set(name, (api.gaps.get(name) ?? 0) + 1);
  throw new StatusError(501, `lab: '${name}' is not simulated`, "not_found");
}

function journaled(api: Api, asked: Asked, act: () => Json): Json {
  const { found, given, path, user } = asked;
  const owner = ownerOf(api.store.state(), given);
  const argv = Object.entries(given)
    .filter(([name]) => found.given[name] === undefined)
    .map(([name, value]) => `${name}=${HIDDEN.test(name) ? "***" : value.slice(0, 400)}`);
  const entry = {
    node: given["node"] ?? "",
    operation: `${found.route.method} ${path}`,
    target: given["newid"] ?? given["vmid"] ?? Object.values(found.given).at(-1) ?? "",
    argv,
    user,
    ...(owner ? { owner } : {}),
  };
  try {
    const data = act();
    api.store.record({ ...entry, exitCode: 0, status: 200 });
    return data;
  } catch (error) {
    if (isAppError(error)) api.store.record({ ...entry, exitCode: 255, status: refusal(error).status });
    throw error;
  }
}

/** Who had made the guest that is hit, also where its id is only asked for. */
function ownerOf(state: ClusterState, given: Readonly<Record<string, string>>): string | undefined {
  const vmid = Number(given["newid"] ?? given["vmid"]);
  return state.guests.find((guest) => guest.vmid === vmid)?.owner;
}
