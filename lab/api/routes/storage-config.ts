/** storage.cfg: which storages the cluster has. */

import { createHash } from "node:crypto";
import { AppError } from "../../../agents/base/errors.ts";
import { named } from "../../cluster/named.ts";
import { badParameter } from "../../cluster/options.ts";
import { StatusError } from "../../cluster/parameter-error.ts";
import type { ClusterState, ContentType, Json, Row, Storage } from "../../cluster/state.ts";
import { type Call, type Handlers, has, list, may, read, text, write } from "../call.ts";

const GIB = 1024 ** 3;
/** What a storage may hold when nothing else is said. */
const DEFAULT_CONTENT: Readonly<Record<string, ContentType[]>> = {
  dir: ["images", "rootdir", "vztmpl", "iso", "backup", "snippets", "import"],
  nfs: ["images"],
  cifs: ["images"],
  pbs: ["backup"],
  cephfs: ["backup"],
};
/** What must be said with a type, as its plugin in PVE/Storage has it. */
const REQUIRED: Readonly<Record<string, string[]>> = {
  dir: ["path"],
  btrfs: ["path"],
  nfs: ["server", "export"],
  cifs: ["server", "share"],
  lvm: ["vgname"],
  lvmthin: ["thinpool", "vgname"],
  zfspool: ["pool"],
  iscsi: ["portal", "target"],
  pbs: ["server", "datastore"],
  esxi: ["server", "username"],
};
const CONTENT = ["images", "rootdir", "vztmpl", "iso", "backup", "snippets", "import", "none"];
const ALWAYS_SHARED = ["nfs", "cifs", "pbs", "rbd", "cephfs", "iscsi", "iscsidirect", "esxi"];

export const storageConfigRoutes: Handlers = {
  "GET /storage": read((call) =>
    names(call.state)
      .filter((name) => may(call, `/storage/${name}`, "Datastore.Audit", "Datastore.AllocateSpace"))
      .map((name) => rowOf(call.state, name))
      .filter((row) => !has(call, "type") || row["type"] === call.params["type"]),
  ),
  "GET /storage/{storage}": read((call) => rowOf(call.state, text(call, "storage"))),
  "POST /storage": write(create),
  "PUT /storage/{storage}": write(change),
  "DELETE /storage/{storage}": write((call) => {
    const name = text(call, "storage");
    rowOf(call.state, name);
    for (const node of call.state.nodes) node.storages = node.storages.filter((one) => one.name !== name);
    return null;
  }),
};

function names(state: ClusterState): string[] {
  return [...new Set(state.nodes.flatMap(({ storages }) => storages.map(({ name }) => name)))];
}

function find(state: ClusterState, name: string): Storage | undefined {
  return state.nodes.flatMap(({ storages }) => storages).find((one) => one.name === name);
}

export function rowOf(state: ClusterState, name: string): Row {
  const one = find(state, name);
  if (!one) throw new StatusError(500, `storage '${name}' does not exist`, "not_found");
  const { type, content, options } = one;
  const { password: _password, ...shown } = options;
  const row: Row = { storage: name, type, content: content.join(","), shared: 0, ...shown };
  return { ...row, digest: createHash("sha1").update(JSON.stringify(row)).digest("hex") };
}

function create(call: Call): Json {
  const { storage: _storage, type: _type, content: _content, ...options } = call.params;
  const [name, type] = [text(call, "storage"), text(call, "type")];
  if (find(call.state, name))
    throw new AppError("conflict", `create storage failed: storage ID '${name}' already defined`);
  const missing = named(REQUIRED, type)?.find((option) => !has(call, option));
  if (missing) throw new AppError("conflict", `missing value for required option '${missing}'`);
  placeStorage(call.state, { name, type, content: contentOf(type, contentIn(call)), options });
  return { storage: name, type };
}

function contentIn(call: Call): ContentType[] {
  const wanted = list(call, "content");
  const stray = wanted.find((type) => !CONTENT.includes(type));
  if (stray) throw badParameter("content", `invalid format - invalid content type '${stray}'`);
  return wanted as ContentType[];
}

/** What a storage of this type holds: as told, or what the type is for. */
export function contentOf(type: string, told: readonly string[]): ContentType[] {
  const words = told.filter((word): word is ContentType => CONTENT.includes(word));
  return words.length > 0 ? words : (DEFAULT_CONTENT[type] ?? ["images", "rootdir"]);
}

/** On the nodes that its `nodes` names, or on all; one that is there keeps its size. */
export function placeStorage(state: ClusterState, told: Omit<Storage, "totalBytes" | "baseUsedBytes">): void {
  const options: Row = { ...told.options, ...(ALWAYS_SHARED.includes(told.type) && { shared: 1 }) };
  const storage: Storage = { ...told, options, totalBytes: 100 * GIB, baseUsedBytes: GIB };
  const wanted = String(storage.options["nodes"] ?? "")
    .split(",")
    .filter(Boolean);
  for (const node of state.nodes) {
    const before = node.storages.find(({ name }) => name === storage.name);
    node.storages = node.storages.filter((one) => one !== before);
    if (wanted.length > 0 && !wanted.includes(node.name)) continue;
    const { totalBytes, baseUsedBytes } = before ?? storage;
    node.storages.push({ ...structuredClone(storage), totalBytes, baseUsedBytes });
  }
}

function change(call: Call): Json {
  const name = text(call, "storage");
  const { storage: _storage, content: _content, delete: _delete, digest, ...options } = call.params;
  const row = rowOf(call.state, name);
  if (digest && digest !== row["digest"])
    throw new AppError(
      "conflict",
      "detected modified configuration - file changed by other user? Try again.",
    );
  const before = find(call.state, name);
  if (!before) return null;
  const kept: Row = { ...before.options, ...options };
  for (const key of list(call, "delete")) delete kept[key];
  const content = has(call, "content") ? contentIn(call) : before.content;
  placeStorage(call.state, { ...before, content, options: kept });
  return { storage: name, type: before.type };
}
