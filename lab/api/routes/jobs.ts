/** Jobs: replication and backup. */
import { randomUUID } from "node:crypto";
import { AppError } from "../../../agents/base/errors.ts";
import { badParameter } from "../../cluster/options.ts";
import type { Guest, Row } from "../../cluster/state.ts";
import { nodeOf } from "../../cluster/storage.ts";
import { type Call, type Handlers, read, text, write } from "../call.ts";
import { type Collection, collectionRoutes } from "./sections.ts";

const COLLECTIONS: readonly Collection[] = [
  {
    kind: "replication",
    path: "/cluster/replication",
    key: "id",
    noun: "replication job",
    hasDigest: true,
    prepare: prepareReplication,
    missing: (id) => `no such replication job '${id}'`,
    unremovable: (id) => `no such job '${id}'`,
  },
  {
    kind: "backup",
    path: "/cluster/backup",
    key: "id",
    noun: "backup job",
    prepare: prepareBackup,
    missing: (id) => `No such job '${id}' does not exist`,
  },
];

export const jobRoutes: Handlers = {
  ...Object.assign({}, ...COLLECTIONS.map(collectionRoutes)),
  "GET /nodes/{node}/replication": read((call) => jobs(call).map((row) => jobStatus(call, row))),
  "GET /nodes/{node}/replication/{id}/status": read((call) => {
    const job = jobs(call).find((row) => row["id"] === call.params["id"]);
    if (!job) throw new AppError("not_found", `no such replication job '${text(call, "id")}'`);
    return jobStatus(call, job);
  }),
  "POST /nodes/{node}/replication/{id}/schedule_now": write(() => null),
  "GET /cluster/backup-info/not-backed-up": read((call) => {
    const saved = Object.values(call.state.sections["backup"] ?? {});
    const isSaved = (vmid: number) =>
      saved.some(
        (row) =>
          row["all"] === 1 ||
          String(row["vmid"] ?? "")
            .split(",")
            .includes(String(vmid)),
      );
    return call.state.guests
      .filter(({ vmid }) => !isSaved(vmid))
      .map(({ vmid, kind, config }) => ({
        vmid,
        type: kind,
        name: config["name"] ?? config["hostname"] ?? "",
      }));
  }),
};

/** `100-0`: of guest 100, from where it is. */
function prepareReplication(call: Call, row: Row): void {
  const id = text(call, "id");
  const match = /^(\d{3,9})-(\d{1,9})$/.exec(id);
  if (!match) throw badParameter("id", `invalid format - invalid replication job id '${id}'`);
  const guest = call.state.guests.find(({ vmid }) => vmid === Number(match[1]));
  if (!guest) throw new AppError("conflict", `Guest '${match[1]}' does not exist.`);
  if (!call.state.nodes.some(({ name }) => name === row["target"]))
    throw new AppError("conflict", `Target '${row["target"]}' does not exist.`);
  if (row["target"] === guest.node) throw new AppError("conflict", "Source and target must not be identical");
  requireReplicable(guest, call);
  Object.assign(row, { guest: Number(match[1]), jobnum: Number(match[2]), source: guest.node });
  row["schedule"] ??= "*/15";
}

/** Only ZFS replicates, and only what is there. */
function requireReplicable({ config, node }: Guest, call: Call): void {
  const places = nodeOf(call.state, node).storages;
  const isImage = (value: string) => /^[\w.-]+:(?:vm|base|subvol)-/.test(value);
  const volumes = Object.entries(config)
    .filter(([key, value]) => !key.startsWith("unused") && isImage(value))
    .map(([, value]) => value.split(",")[0] ?? "");
  if (volumes.length === 0) throw new AppError("conflict", "No replicatable volumes found");
  const typeOf = (id: string) => places.find(({ name }) => name === id.split(":")[0])?.type;
  const bad = volumes.find((id) => typeOf(id) !== "zfspool");
  if (bad) throw new AppError("conflict", `missing replicate feature on volume '${bad}'`);
}

function jobs(call: Call): Row[] {
  const all = Object.entries(call.state.sections["replication"] ?? {});
  return all.map(([id, row]): Row => ({ id, ...row })).filter((row) => row["source"] === call.params["node"]);
}

function jobStatus(call: Call, row: Row): Row {
  const last = Math.floor(call.now / 1000);
  return { ...row, fail_count: 0, duration: 1.2, last_sync: last, last_try: last, next_sync: last + 900 };
}

function prepareBackup(call: Call, row: Row): void {
  call.params["id"] ??= `backup-${randomUUID().slice(0, 13)}`;
  if (["vmid", "all", "pool"].every((name) => row[name] === undefined))
    throw badParameter("vmid", "No VM/CTs selected: one of 'vmid', 'all' or 'pool' is needed");
  row["type"] = "vzdump";
  row["enabled"] ??= 1;
  delete row["starttime"];
}
