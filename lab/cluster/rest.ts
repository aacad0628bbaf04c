/** The readable part of the REST API: paths to data, for the HTTP server and for `pvesh get` alike. */
import type { AppError } from "../../agents/base/errors.ts";
import { MANAGER, REPOSITORY_ID } from "./commands/pveversion.ts";
import { guestOf } from "./guests.ts";
import { vmidOf } from "./options.ts";
import * as rows from "./rest-rows.ts";
import type { ClusterState } from "./state.ts";
import { nodeOf, storageOf } from "./storage.ts";

type Json = rows.Json;
type Handler = (state: ClusterState, node: string, id: string) => Json;

/** `:` stands for one segment. */
const ROUTES: Readonly<Record<string, Handler>> = {
  "/version": () => ({ release: "9.1", repoid: REPOSITORY_ID, version: MANAGER }),
  "/nodes": (state) => state.nodes.map((node) => rows.nodeRow(state, node)),
  "/nodes/:/version": (state, node) =>
    nodeOf(state, node) && { release: "9.1", repoid: REPOSITORY_ID, version: MANAGER },
  "/nodes/:/status": (state, node) => rows.nodeStatus(state, nodeOf(state, node)),
  "/nodes/:/qemu": (state, node) => rows.guestsOf(state, node).map(rows.guestRow),
  "/nodes/:/qemu/:/config": (state, node, id) => rows.guestConfig(guestOf(state, { node, vmid: vmidOf(id) })),
  "/nodes/:/qemu/:/status/current": (state, node, id) =>
    rows.guestRow(guestOf(state, { node, vmid: vmidOf(id) })),
  "/nodes/:/lxc": (state, node) => nodeOf(state, node) && [],
  "/nodes/:/storage": (state, node) => rows.storageRows(state, nodeOf(state, node)),
  "/nodes/:/storage/:/content": (state, node, id) =>
    rows.contentRows(state, node, storageOf(state, node, id).name),
  "/nodes/:/tasks": (state, node) => rows.taskRows(state, nodeOf(state, node).name),
  "/cluster/status": rows.clusterStatus,
  "/cluster/resources": rows.resources,
  "/cluster/nextid": rows.nextId,
  "/cluster/tasks": (state) => rows.taskRows(state),
  "/storage": (state) => rows.storageConfig(state),
};

/** The data at a path, or undefined when nothing is there. AppError as of the functions of the state. */
export function readResource(state: ClusterState, path: string): Json | undefined {
  const segments = path.split("/").filter(Boolean);
  const pattern = segments.map((segment, index) =>
    segments[0] === "nodes" && (index === 1 || index === 3) ? ":" : segment,
  );
  const handler = Object.entries(ROUTES).find(([route]) => route === `/${pattern.join("/")}`)?.[1];
  return handler?.(state, segments[1] ?? "", segments[3] ?? "");
}

/** HTTP status of an error, as pveproxy would answer it. */
export function statusOf(error: AppError): number {
  return error.code === "bad_arguments" ? 400 : 500;
}
