import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runCommand } from "../cluster/cli.ts";
import { newGuest } from "../cluster/guests.ts";
import { openStore, type Store } from "../cluster/store.ts";
import { openApi } from "./open-api.ts";
import { type Api, type ApiReply, perform } from "./perform.ts";

let directory: string;
let store: Store;
let api: Api;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lab-provider-"));
  store = openStore({ stateFile: join(directory, "cluster.json"), start: "day3" });
  api = openApi(store);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function call(request: string, given: Record<string, string> = {}): ApiReply {
  const [method = "", path = ""] = request.split(" ");
  const segments = path.split("/").filter(Boolean).map(decodeURIComponent);
  return perform(api, { method, segments, given, user: "root@pam" });
}

it("takes a parameter that is given more than once for a list of its values", () => {
  store.change((draft) => {
    const config = { net0: "name=eth0", net1: "name=eth1" };
    const guest = newGuest({ node: "pve1", vmid: 201 }, { kind: "lxc", owner: "root@pam" });
    draft.guests.push({ ...guest, config });
  });
  expect(call("PUT /nodes/pve1/lxc/201/config", { delete: "net0\0net1\0net2" }).status).toBe(200);
  const { data } = call("GET /nodes/pve1/lxc/201/config");
  expect(data).not.toHaveProperty("net0");
  expect(data).not.toHaveProperty("net1");
});

it("ends a container's description with a line's end, and not that of a machine", () => {
  store.change((draft) => {
    const guest = newGuest({ node: "pve1", vmid: 201 }, { kind: "lxc", owner: "root@pam" });
    draft.guests.push(guest);
  });
  for (const guest of ["lxc/201", "qemu/9000"]) {
    const config = `/nodes/pve1/${guest}/config`;
    call(`PUT ${config}`, { description: "made by Terraform" });
    const description = `made by Terraform${guest.startsWith("lxc") ? "\n" : ""}`;
    expect(call(`GET ${config}`).data).toMatchObject({ description });
  }
});

it("gives of a datacenter's options objects, but limits of bandwidth as they were written", () => {
  const bwlimit = "default=666666,migration=555555";
  call("PUT /cluster/options", { bwlimit, migration: "type=secure,network=192.168.10.0/24" });
  expect(call("GET /cluster/options").data).toMatchObject({
    bwlimit,
    migration: { type: "secure", network: "192.168.10.0/24" },
  });
});

it("reads numbers of a section as numbers, and shows a description in one line", () => {
  call("POST /storage", { storage: "tank", type: "zfspool", pool: "tank" });
  call("PUT /nodes/pve1/qemu/9000/config", { scsi1: "tank:1", description: "a: b\nc" });
  store.change((draft) => {
    for (const guest of draft.guests) {
      delete guest.config["scsi0"];
      delete guest.config["unused0"];
    }
  });
  const job = { id: "9000-0", target: "pve2", type: "local", rate: "10.5" };
  expect(call("POST /cluster/replication", job)).toMatchObject({ status: 200 });
  expect(call("GET /cluster/replication/9000-0").data).toMatchObject({ rate: 10.5 });
  const { stdout } = runCommand({ api, node: "pve1", argv: ["qm", "config", "9000"] });
  expect(stdout).toContain("description: a%3A b%0Ac\n");
});

it("reads a subnet's ranges of addresses as objects", () => {
  call("POST /cluster/sdn/zones", { zone: "zone1", type: "simple" });
  call("POST /cluster/sdn/vnets", { vnet: "vnet1", zone: "zone1" });
  const range = "start-address=10.1.0.10,end-address=10.1.0.20";
  const made = {
    subnet: "10.1.0.0/24",
    type: "subnet",
    "dhcp-range": `${range}\0${range.replaceAll("10.1.0.", "10.1.0.1")}`,
  };
  expect(call("POST /cluster/sdn/vnets/vnet1/subnets", made).status).toBe(200);
  const ranges = [
    { "start-address": "10.1.0.10", "end-address": "10.1.0.20" },
    { "start-address": "10.1.0.110", "end-address": "10.1.0.120" },
  ];
  expect(call("GET /cluster/sdn/vnets/vnet1/subnets").data).toMatchObject([{ "dhcp-range": ranges }]);
  const one = call("GET /cluster/sdn/vnets/vnet1/subnets/zone1-10.1.0.0-24").data;
  expect(one).toMatchObject({ subnet: "zone1-10.1.0.0-24", "dhcp-range": ranges });
});

it("leaves nothing of a group or an interface that is gone", () => {
  call("POST /access/groups", { groupid: "ops" });
  call("DELETE /access/groups/ops");
  call("POST /nodes/pve1/network", { iface: "vmbr1", type: "bridge" });
  call("PUT /nodes/pve1/network");
  const fileOf = () => JSON.stringify(store.state().sections["node-files"]);
  expect(fileOf()).toContain("vmbr1");
  call("DELETE /nodes/pve1/network/vmbr1");
  call("PUT /nodes/pve1/network");
  expect(fileOf()).not.toContain("vmbr1");
  const { users, groups, "network/pve1": network } = store.state().sections;
  expect([users?.["root@pam"]?.["groups"], groups, network]).toEqual([undefined, {}, {}]);
  call("DELETE /nodes/pve1/network/nic0");
  expect(call("GET /nodes/pve1/network").data).toMatchObject([{ iface: "vmbr0" }]);
});
