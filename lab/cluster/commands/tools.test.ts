import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CREATE_WEB, createTestCluster, type TestCluster } from "../testing.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = createTestCluster("day3");
});
afterEach(() => cluster.remove());

const on = (command: string) => cluster.on("pve1", command);
const UPID = (type: string, id: string) => new RegExp(`^UPID:pve1:[0-9A-F:]+:${type}:${id}:root@pam:\n$`);

describe("pvesh", () => {
  it("gets, creates, sets and deletes by the table of the API, and names the task", () => {
    expect(on("pvesh create /nodes/pve1/qemu --vmid 9101 -name web").stdout).toMatch(
      UPID("qmcreate", "9101"),
    );
    expect(on("pvesh set /nodes/pve1/qemu/9101/config --cores 2").exitCode).toBe(0);
    const { stdout } = on("pvesh get nodes/pve1/qemu/9101/config --output-format json");
    expect(JSON.parse(stdout)).toMatchObject({ name: "web", cores: 2 });
    expect(on("qm config 9101").stdout).toContain("cores: 2\n");
    expect(on("pvesh delete /nodes/pve1/qemu/9101").stdout).toMatch(UPID("qmdestroy", "9101"));
    expect(cluster.store.journal().map(({ operation, target }) => [operation, target])).toEqual([
      ["pvesh create", "/nodes/pve1/qemu"],
      ["pvesh set", "/nodes/pve1/qemu/9101/config"],
      ["pvesh delete", "/nodes/pve1/qemu/9101"],
    ]);
  });

  it("lists what is below a path, and tells how one is used", () => {
    expect(on("pvesh ls /").stdout).toMatch(/^Dr--- access\nDr--- cluster\nDr--- nodes\nDr.c. pools\n/);
    expect(on("pvesh ls /nodes/pve1/qemu").stdout).toBe("Dr--d 9000\n");
    expect(on("pvesh usage /pools --command create").stdout).toBe(
      "USAGE: pvesh create /pools --poolid <string> [OPTIONS]\n",
    );
    expect(on("pvesh ls /version").stderr).toBe("resource '/version' does not define child links\n");
    expect(on("pvesh get /nope")).toMatchObject({
      exitCode: 1,
      stderr: "No 'get' handler defined for '/nope'\n",
    });
  });

  it("shows an answer as YAML, as JSON for people, and as a table", () => {
    expect(on("pvesh get /version --output-format yaml").stdout).toMatch(/^---\nrelease: '9\.1'\nrepoid: /);
    expect(on("pvesh get /version --output-format json-pretty").stdout).toContain(
      '\n   "release" : "9.1",\n',
    );
    expect(on("pvesh get /nodes --noborder 1").stdout).toMatch(/ node +.*\n.*\n/);
  });
});

describe("qm", () => {
  it("takes, shows, rolls back and removes snapshots", () => {
    on(CREATE_WEB);
    on("qm snapshot 9101 first --description one");
    on("qm snapshot 9101 second");
    on("qm set 9101 --memory 1024");
    expect(
      on("qm listsnapshot 9101")
        .stdout.split("\n")
        .map((line) => line.trimEnd()),
    ).toEqual([
      "`-> first                       2026-02-26 15:22:49     one",
      " `-> second                     2026-02-26 15:22:49     no-description",
      "  `-> current                                           You are here!",
      "",
    ]);
    expect(on("qm rollback 9101 second").exitCode).toBe(0);
    expect(on("qm config 9101").stdout).toContain("memory: 512\n");
    expect(on("qm delsnapshot 9101 nope").stderr).toBe("snapshot 'nope' does not exist\n");
  });

  it("says why a task failed, with 255", () => {
    on(CREATE_WEB);
    expect(on("qm resize 9101 scsi0 1G")).toMatchObject({
      exitCode: 255,
      stderr: "shrinking disks is not supported\n",
    });
    expect(on("qm resize 9101 scsi0 +2G").exitCode).toBe(0);
    expect(on("qm config 9101").stdout).toContain("scsi0: local-lvm:vm-9101-disk-0,size=10G\n");
    expect(cluster.store.state().tasks.at(-1)).toMatchObject({ type: "resize", exitStatus: "OK" });
  });

  it("hides a password that it is given, and unlocks", () => {
    on(CREATE_WEB);
    expect(on("qm set 9101 --cipassword geheim --ciuser ops").stdout).toBe(
      "update VM 9101: -cipassword <hidden> -ciuser ops\n",
    );
    on("qm set 9101 --lock backup");
    expect(on("qm start 9101").stderr).toBe("VM is locked (backup)\n");
    expect(on("qm unlock 9101").exitCode).toBe(0);
    expect(on("qm start 9101").exitCode).toBe(0);
  });

  it("imports a disk of the node's own files, and only one that is there", () => {
    on(CREATE_WEB);
    const argv = ["qm", "importdisk", "9101", "/root/disk.raw", "local-lvm"];
    const files = { "/root/disk.raw": { size: 1024 ** 3 } };
    expect(cluster.run("pve1", argv, files).stdout).toContain(
      "\nunused0: successfully imported disk 'local-lvm:vm-9101-disk-1'\n",
    );
    expect(cluster.run("pve1", argv).stderr).toBe("/root/disk.raw: non-existent or non-regular file\n");
    const keys = { "/root/keys": { size: 9, text: "ssh-x y z\n" } };
    cluster.run("pve1", ["qm", "set", "9101", "--sshkeys", "/root/keys"], keys);
    expect(on("qm config 9101").stdout).toContain("sshkeys: ssh-x%20y%20z%0A\n");
  });

  it("knows a command by its beginning and by its older name, and tells what is incomplete", () => {
    expect(on("qm conf 9000").stdout).toContain("name: ubuntu-k8s-template-src\n");
    expect(on("qm help start").stdout).toBe("USAGE: qm start <vmid> [OPTIONS]\n");
    expect(on("qm disk").stderr).toMatch(/^ERROR: incomplete command 'qm disk'\n/);
    expect(on("qm s").stderr).toMatch(/^ERROR: unknown command 'qm s'\n/);
    expect(on("qm move-disk").stderr).toMatch(/^400 not enough arguments\nqm disk move <vmid> <disk>/);
  });
});

describe("pvesm and pveum", () => {
  it("keep storages, users, roles, lists and tokens where the API has them", () => {
    expect(on("pvesm alloc local-lvm 100 vm-100-disk-0 1G").stdout).toContain(
      "successfully created 'local-lvm:vm-100-disk-0'\n",
    );
    expect(on("pvesm free local-lvm:vm-100-disk-0").stdout).toContain(
      "Removed volume 'local-lvm:vm-100-disk-0'\n",
    );
    expect(on("pvesm path local:iso/x.iso").stdout).toBe("/var/lib/vz/template/iso/x.iso\n");
    expect(on("pveum user add ops@pve --comment x").exitCode).toBe(0);
    expect(on("pveum roleadd Ops --privs VM.Audit").exitCode).toBe(0);
    expect(on("pveum acl modify /vms --roles Ops --users ops@pve").exitCode).toBe(0);
    expect(JSON.parse(on("pveum user token add ops@pve ci --output-format json").stdout)).toMatchObject({
      "full-tokenid": "ops@pve!ci",
    });
    expect(on("pveum user list --noborder 1").stdout).toContain("ops@pve");
    expect(JSON.parse(on("pvesh get /access/acl --output-format json").stdout)).toMatchObject([
      { path: "/vms", roleid: "Ops", ugid: "ops@pve" },
    ]);
  });
});
