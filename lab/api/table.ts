/** All routes of Proxmox VE 9.1 by method and pattern, and for those that are simulated what they do. */
import type { Json } from "../cluster/state.ts";
import type { Handler, Handlers } from "./call.ts";
import { type Parameter, parseParameters } from "./parameters.ts";
import schema from "./schema.json" with { type: "json" };

export type Route = {
  method: string;
  /** `/nodes/{node}/qemu/{vmid}/config` */
  path: string;
  segments: string[];
  parameters: Parameter[];
  /** Who may use it, as in the API's own description. */
  check: Json;
  /** Undefined: Proxmox VE has it, the lab does not. */
  handler: Handler | undefined;
  /** Takes parameters beyond its schema. */
  isOpen: boolean;
  /** Refuses API tokens. */
  needsTicket: boolean;
};

export type Table = {
  routes: readonly Route[];
  /** `path`: decoded segments. Undefined when Proxmox VE has no such route. */
  find(method: string, segments: readonly string[]): Found | undefined;
  /** By `METHOD /pattern`. */
  get(name: string): Route | undefined;
};

export type Found = { route: Route; given: Record<string, string> };

type Described = { params: string; check: Json; token?: number; open?: number };

/** Throws when a handler belongs to no route. */
export function createTable(handlers: Handlers): Table {
  const described = Object.entries(schema as Record<string, Described>);
  const routes = described.map(([name, entry]) => routeOf(name, entry, handlers[name]));
  const byName = new Map(routes.map((route) => [`${route.method} ${route.path}`, route]));
  const stray = Object.keys(handlers).find((name) => !byName.has(name));
  if (stray) throw new TypeError(`a handler without a route: ${stray}`);
  const byShape = Map.groupBy(routes, ({ method, segments }) => `${method} ${segments.length}`);
  return {
    routes,
    get: (name) => byName.get(name),
    find: (method, segments) => {
      const fitting = (byShape.get(`${method} ${segments.length}`) ?? []).filter((route) =>
        fits(route, segments),
      );
      const [best] = fitting.sort((one, other) => variables(one) - variables(other));
      return best && { route: best, given: pathParameters(best, segments) };
    },
  };
}

function routeOf(name: string, entry: Described, handler: Handler | undefined): Route {
  const [method = "", path = ""] = name.split(" ");
  return {
    method,
    path,
    segments: path.split("/").filter(Boolean),
    parameters: parseParameters(entry.params),
    check: entry.check,
    handler,
    isOpen: entry.open === 1,
    needsTicket: entry.token === 0,
  };
}

function fits({ segments }: Route, path: readonly string[]): boolean {
  return segments.every((segment, at) => isVariable(segment) || segment === path[at]);
}

function pathParameters({ segments }: Route, path: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    segments.flatMap((segment, at) => (isVariable(segment) ? [[segment.slice(1, -1), path[at] ?? ""]] : [])),
  );
}

function variables({ segments }: Route): number {
  return segments.filter(isVariable).length;
}

function isVariable(segment: string): boolean {
  return segment.startsWith("{");
}
