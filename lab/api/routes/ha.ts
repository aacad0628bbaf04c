/** High availability: resources, rules (groups are gone since 9.0), and what the manager says of itself. */
import { AppError } from "../../../agents/base/errors.ts";
import { asctime } from "../../cluster/local-time.ts";
import { badParameter } from "../../cluster/options.ts";
import type { ClusterState, Json, Row } from "../../cluster/state.ts";
import { type Call, type Handlers, read, text, write } from "../call.ts";
import { collectionRoutes, sectionsOf } from "./sections.ts";

const migrated = (what: string) => () => {
  throw new AppError("conflict", `cannot ${what}: ha groups have been migrated to rules`);
};

export const haRoutes: Handlers = {
  ...collectionRoutes({
    kind: "ha/resources",
    path: "/cluster/ha/resources",
    key: "sid",
    noun: "resource",
    hasDigest: true,
    filter: "type",
    missing: (id) => `no such resource '${id}'`,
    taken: (id) => `resource ID '${id}' already defined`,
    unremovable: (id) => `cannot delete service '${id}', not HA managed!`,
    prepare: prepareResource,
    onRemove: leaveRules,
  }),
  ...collectionRoutes({
    kind: "ha/rules",
    path: "/cluster/ha/rules",
    key: "rule",
    noun: "ha rule",
    hasDigest: true,
    filter: "type",
    missing: (id) => `no such ha rule '${id}'`,
    prepare: (_call, row) => {
      if (row["type"] === "node-affinity" && !row["nodes"])
        throw badParameter("nodes", "property is missing and it is not optional");
      if (row["type"] === "resource-affinity" && !row["affinity"])
        throw badParameter("affinity", "property is missing and it is not optional");
    },
  }),
  "GET /cluster/ha/groups": read(migrated("index groups")),
  "POST /cluster/ha/groups": write(migrated("create group")),
  "GET /cluster/ha/groups/{group}": read(migrated("read group")),
  "PUT /cluster/ha/groups/{group}": write(migrated("update group")),
  "DELETE /cluster/ha/groups/{group}": write(migrated("delete group")),
  "POST /cluster/ha/resources/{sid}/migrate": write((call) => ({
    sid: text(call, "sid"),
    "requested-node": text(call, "node"),
  })),
  "POST /cluster/ha/resources/{sid}/relocate": write((call) => ({
    sid: text(call, "sid"),
    "requested-node": text(call, "node"),
  })),
  "GET /cluster/ha/status/current": read(status),
  "GET /cluster/ha/status/manager_status": read((call) => {
    const nodes = Object.fromEntries(call.state.nodes.map(({ name }) => [name, "online"]));
    return {
      manager_status: {
        master_node: call.state.nodes[0]?.name ?? "",
        node_status: nodes,
        service_status: {},
        timestamp: Math.floor(call.now / 1000),
      },
      lrm_status: {},
      quorum: { node: call.state.nodes[0]?.name ?? "", quorate: 1 },
    };
  }),
};

/** `100` stands for `vm:100` or `ct:100`, whichever it is. */
function prepareResource(call: Call, row: Row): void {
  const given = text(call, "sid");
  const vmid = Number(given.replace(/^(?:vm|ct):/, ""));
  const guest = call.state.guests.find((one) => one.vmid === vmid);
  if (!guest)
    throw new AppError(
      "conflict",
      `resource '${given.includes(":") ? given : `vm:${given}`}' does not exist in cluster`,
    );
  const type = guest.kind === "qemu" ? "vm" : "ct";
  if (given.includes(":") && !given.startsWith(type))
    throw badParameter("sid", `'${given}' is not of type '${type}'`);
  call.params["sid"] = `${type}:${vmid}`;
  row["type"] = type;
  row["state"] ??= "started";
}

function leaveRules(call: Call, sid: string): void {
  for (const row of Object.values(sectionsOf(call.state, "ha/rules")))
    row["resources"] = String(row["resources"] ?? "")
      .split(",")
      .filter((one) => one !== sid)
      .join(",");
}

function status(call: Call): Json {
  const { state } = call;
  const at = Math.floor(call.now / 1000);
  const when = asctime(call.now);
  const resting = sectionsOf(state, "ha/maintenance");
  const [first] = state.nodes;
  const quorum = { id: "quorum", node: first?.name ?? "", quorate: 1, status: "OK", type: "quorum" };
  const master = {
    id: "master",
    node: first?.name ?? "",
    status: `${first?.name} (idle, ${when})`,
    timestamp: at,
    type: "master",
  };
  const lrms = state.nodes.map(({ name }) => ({
    id: `lrm:${name}`,
    node: name,
    status: `${name} (${resting[name] ? "maintenance mode" : "idle"}, ${when})`,
    timestamp: at,
    type: "lrm",
  }));
  return [quorum, master, ...lrms, ...services(state)];
}

function services(state: ClusterState): Row[] {
  return Object.entries(state.sections["ha/resources"] ?? {}).map(([sid, row]) => {
    const node = state.guests.find(({ vmid }) => vmid === Number(sid.split(":")[1]))?.node ?? "";
    const wanted = String(row["state"] ?? "started");
    return {
      id: `service:${sid}`,
      sid,
      node,
      type: "service",
      state: wanted,
      crm_state: wanted,
      request_state: wanted,
      status: `${sid} (${node}, ${wanted})`,
    };
  });
}
