import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore, type Store } from "../cluster/store.ts";
import { issueToken, openApi } from "./open-api.ts";
import { type Api, type ApiReply, perform } from "./perform.ts";

let directory: string;
let store: Store;
let api: Api;
let now: number;

const open = () => openStore({ stateFile: join(directory, "cluster.json"), start: "day3", now: () => now });

beforeEach(() => {
  now = Date.UTC(2026, 1, 26, 15, 22, 49);
  directory = mkdtempSync(join(tmpdir(), "lab-api-"));
  store = open();
  api = openApi(store, { settings: { durations: { default: 0, qmclone: 3000 } } });
  issueToken(api, "root@pam!tf");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function call(request: string, given: Record<string, string> = {}, user = "root@pam"): ApiReply {
  const [method = "", path = ""] = request.split(" ");
  return perform(api, { method, segments: path.split("/").filter(Boolean), given, user });
}

const status = (upid: unknown) => call(`GET /nodes/pve1/tasks/${upid}/status`).data;

describe("tasks", () => {
  it("hold what they work on until their time is over, also over a restart", () => {
    const { data: upid } = call(
      "POST /nodes/pve1/qemu/9000/clone",
      { newid: "9101", name: "web" },
      "root@pam!tf",
    );
    expect(status(upid)).toMatchObject({
      status: "running",
      type: "qmclone",
      id: "9000",
      user: "root@pam!tf",
    });
    expect(call("GET /nodes/pve1/qemu/9101/status/current").data).toMatchObject({
      lock: "clone",
      name: "web",
    });
    const refused = call("PUT /nodes/pve1/qemu/9101/config", { cores: "2" });
    expect([refused.status, refused.message]).toEqual([500, "VM is locked (clone)"]);
    store = open();
    api = openApi(store);
    now += 3000;
    expect(status(upid)).toMatchObject({ status: "stopped", exitstatus: "OK" });
    expect(call("GET /nodes/pve1/qemu/9101/config").data).toMatchObject({
      cores: 1,
      memory: "1024",
      scsi0: "local-lvm:vm-9101-disk-0,size=2252M",
    });
  });

  it("leave nothing behind when they fail", () => {
    const volumes = store.state().volumes.length;
    const { data: upid } = call("POST /nodes/pve1/qemu", { vmid: "100", scsi0: "local-lvm:8,format=qcow2" });
    expect(status(upid)).toMatchObject({
      exitstatus: "unable to create VM 100 - unsupported format 'qcow2'",
    });
    expect(store.state().volumes).toHaveLength(volumes);
    expect(call("GET /nodes/pve1/qemu/100/config").message).toBe(
      "Configuration file 'nodes/pve1/qemu-server/100.conf' does not exist",
    );
  });

  it("get stuck, fail and are late as faults have it", () => {
    api.faults.arm({ on: "task qmcreate", exitstatus: "got timeout" });
    const { data: failed } = call("POST /nodes/pve1/qemu", { vmid: "100" });
    expect(status(failed)).toMatchObject({ exitstatus: "got timeout" });
    api.faults.arm({ on: "task qmcreate", exitstatus: "connection lost", effect: "after" });
    call("POST /nodes/pve1/qemu", { vmid: "100" });
    expect(call("GET /nodes/pve1/qemu/100/config").status).toBe(200);
    api.faults.arm({ on: "task qmstart", stuck: true });
    const { data: stuck } = call("POST /nodes/pve1/qemu/100/status/start");
    now += 1e9;
    expect(status(stuck)).toMatchObject({ status: "running" });
    expect(api.faults.armed()).toEqual([]);
  });
});

describe("what is refused", () => {
  it("names every parameter that is wrong", () => {
    const { status, errors } = call("POST /nodes/pve1/qemu", { vmid: "7", cores: "x", nonsense: "1" });
    expect(status).toBe(400);
    expect(errors).toEqual({
      vmid: "value must have a minimum value of 100",
      cores: "type check ('integer') failed - got 'x'",
      nonsense: "property is not defined in schema and the schema does not allow additional properties",
    });
  });

  it("is a taken id on whichever node, and the journal tells whose guest it is", () => {
    const { status, message } = call("POST /nodes/pve2/qemu", { vmid: "9000" }, "root@pam!tf");
    expect([status, message]).toEqual([
      500,
      "unable to create VM 9000 - VM 9000 already exists on node 'pve1'",
    ]);
    expect(store.journal().at(-1)).toMatchObject({
      operation: "POST /nodes/pve2/qemu",
      user: "root@pam!tf",
      target: "9000",
      owner: "root@pam",
      status: 500,
    });
  });

  it("is what the API has not, and, counted, what the lab has not", () => {
    expect(call("GET /nope")).toMatchObject({ status: 501, message: "Method 'GET /nope' not implemented" });
    expect(call("GET /nodes/pve1/apt/repositories").status).toBe(501);
    expect([...api.gaps]).toEqual([["GET /nodes/{node}/apt/repositories", 1]]);
  });
});

describe("privileges", () => {
  beforeEach(() => {
    call("POST /access/users", { userid: "ci@pve", password: "a password" });
    call("POST /access/roles", { roleid: "CI", privs: "VM.Audit,VM.Clone" });
    call("PUT /access/acl", { path: "/vms", roles: "CI", users: "ci@pve" });
  });

  it("hold for users by their access lists", () => {
    expect(call("GET /nodes/pve1/qemu/9000/config", {}, "ci@pve").status).toBe(200);
    const refused = call("POST /nodes/pve1/qemu/9000/clone", { newid: "9101" }, "ci@pve");
    expect([refused.status, refused.message]).toEqual([
      403,
      "Permission check failed (/vms/9101, VM.Allocate)",
    ]);
    expect(call("GET /cluster/resources", { type: "storage" }, "ci@pve").data).toEqual([]);
    expect(store.state().guests).toHaveLength(1);
  });

  it("of a token are those that it has itself, within those of its user", () => {
    call("POST /access/users/ci@pve/token/tf", { privsep: "1" });
    const read = () => call("GET /nodes/pve1/qemu/9000/config", {}, "ci@pve!tf").status;
    expect(read()).toBe(403);
    call("PUT /access/acl", { path: "/vms/9000", roles: "Administrator", tokens: "ci@pve!tf" });
    expect(read()).toBe(200);
    const start = call("POST /nodes/pve1/qemu/9000/status/start", {}, "ci@pve!tf");
    expect(start.message).toBe("Permission check failed (/vms/9000, VM.PowerMgmt)");
  });

  it("of 8.x are gone", () => {
    const { status, errors } = call("POST /access/roles", { roleid: "Old", privs: "VM.Monitor" });
    expect([status, errors]).toEqual([400, { privs: "invalid format - invalid privilege 'VM.Monitor'" }]);
  });
});
