import { afterEach, beforeEach, expect, it } from "vitest";
import { clusterFiles } from "./pmxcfs.ts";
import { createTestCluster, type TestCluster } from "./testing.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = createTestCluster("fresh");
});
afterEach(() => cluster.remove());

function file(name: string, ...commands: string[]): string | undefined {
  for (const command of commands)
    expect(cluster.on("pve1", command)).toMatchObject({ exitCode: 0, stderr: "" });
  return clusterFiles(cluster.store.state())[name];
}

it("has storages with what was told of them", () => {
  expect(file("storage.cfg", "pvesm add dir extra --path /srv/extra --content images,backup")).toBe(
    "dir: local\n\tpath /var/lib/vz\n\tcontent iso,vztmpl,backup,import\n\n" +
      "lvmthin: local-lvm\n\tthinpool data\n\tvgname pve\n\tcontent rootdir,images\n\n" +
      "dir: extra\n\tpath /srv/extra\n\tcontent images,backup\n",
  );
});

it("has users, tokens, groups, pools, roles and who may do what", () => {
  const made = file(
    "user.cfg",
    "pveum group add admins --comment all",
    "pveum user add ops@pve --groups admins --email ops@example.org",
    "pveum role add Ops --privs VM.Audit",
    "pveum acl modify /vms --roles Ops --groups admins",
    "pvesh create /pools --poolid prod",
  );
  for (const line of [
    "user:root@pam:1:0:::root@example.org:::",
    "user:ops@pve:1:0:::ops@example.org:::",
    "group:admins:ops@pve:all:",
    "pool:prod::::",
    "role:Ops:VM.Audit:",
    "acl:1:/vms:@admins:Ops:",
  ])
    expect(made?.split("\n")).toContain(line);
});

it("has the firewall of the cluster and of a guest, and none where nothing is told", () => {
  const made = file(
    "firewall/cluster.fw",
    "pvesh set /cluster/firewall/options --enable 1",
    "pvesh create /cluster/firewall/rules --type in --action ACCEPT --macro SSH --source 192.168.10.0/24 --enable 1",
  );
  expect(made).toBe("[OPTIONS]\n\nenable: 1\n\n[RULES]\n\nIN SSH(ACCEPT) -source 192.168.10.0/24\n");
  expect(file("firewall/9101.fw", "qm create 9101")).toBeUndefined();
});

it("has jobs and the options of the datacenter", () => {
  expect(file("datacenter.cfg", "pvesh set /cluster/options --description lab")).toBe(
    "#lab\nkeyboard: en-us\n",
  );
  expect(file("jobs.cfg", "pvesh create /cluster/backup --schedule daily --all 1 --storage local")).toMatch(
    /^vzdump: backup-[0-9a-f-]+\n(?:\t.*\n)*\tschedule daily\n/,
  );
});
