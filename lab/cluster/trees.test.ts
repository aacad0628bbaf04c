import { afterEach, beforeEach, expect, it } from "vitest";
import { clusterFiles } from "./pmxcfs.ts";
import { createTestCluster, type TestCluster } from "./testing.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = createTestCluster("fresh");
});
afterEach(() => cluster.remove());

const said = (command: string) => {
  const { exitCode, stdout, stderr } = cluster.on("pve1", command);
  return [exitCode, stdout + stderr] as const;
};

it("finds commands by a prefix that no other has, and says in Proxmox' words what is no command", () => {
  expect(said("pvesubscription g")[1]).toContain("status: notfound\n");
  expect(said("pvenode")).toEqual([
    255,
    expect.stringMatching(/^ERROR: no command specified\nUSAGE: pvenode /),
  ]);
  expect(said("pvenode acme")[1]).toContain("ERROR: incomplete command 'pvenode acme'\n");
  expect(said("pvesr x")[1]).toContain("ERROR: unknown command 'pvesr x'\n");
  expect(said("pvecm qdevice setup")[1]).toBe("lab: 'pvecm qdevice setup' is not simulated\n");
});

it("takes the options that the route has, and no others", () => {
  expect(said("pvenode config set --bogus 1")).toEqual([
    255,
    "Unknown option: bogus\n400 unable to parse option\npvenode config set [OPTIONS]\n",
  ]);
  expect(said("pveam available --section x")[1]).toContain(
    "400 Parameter verification failed.\nsection: value 'x' does not have a value in the enumeration",
  );
  expect(said("pveam list")[1]).toBe("400 not enough arguments\npveam list <storage>\n");
});

it("changes the one state that the API shows", () => {
  cluster.on("pve1", "qm create 100 --memory 256");
  expect(said("ha-manager add vm:100 --max_restart 2")).toEqual([0, ""]);
  expect(said("ha-manager config")).toEqual([0, "vm:100\n\tmax_restart 2\n\tstate started\n\n"]);
  expect(said("ha-manager status")[1]).toMatch(
    /^quorum OK\nmaster pve1 \(idle, \w{3} \w{3} [ \d]\d .*\nservice vm:100/s,
  );
  expect(said("ha-manager add vm:100")).toEqual([255, "resource ID 'vm:100' already defined\n"]);
  expect(said("ha-manager remove vm:999")).toEqual([2, "cannot delete service 'vm:999', not HA managed!\n"]);
});

it("prints what a task says and waits for its end", () => {
  const template = "debian-13-standard_13.1-2_amd64.tar.zst";
  expect(said(`pveam download local ${template}`)[1]).toMatch(
    /^downloading http:.* to \/var\/lib\/vz\/template\/cache\//,
  );
  expect(said("pveam list local")[1]).toContain(`local:vztmpl/${template}`);
  expect(said("pveam download local none")[1]).toContain("template: no such template\n");
});

it("replicates only what can be replicated", () => {
  cluster.on("pve1", "qm create 100 --memory 256 --scsi0 local-lvm:1");
  expect(said("pvesr create-local-job 100-0 pve2")).toEqual([
    255,
    "missing replicate feature on volume 'local-lvm:vm-100-disk-0'\n",
  ]);
});

it("formats as Proxmox VE does: a table by default, JSON with keys in their order", () => {
  cluster.on("pve1", "qm create 100 --memory 256");
  expect(said("pvenode task list")[1]).toMatch(/^┌─.*│ upid .*│ type .*│ qmcreate │/s);
  const rows = said("pvenode task list --output-format json")[1];
  const [first] = JSON.parse(rows) as Record<string, unknown>[];
  expect(Object.keys(first ?? {})).toEqual(Object.keys(first ?? {}).sort());
});

it("knows corosync's keys and what it does not know", () => {
  expect(said("corosync-cmapctl totem.cluster_name")).toEqual([0, "totem.cluster_name (str) = labcluster\n"]);
  expect(said("corosync-cmapctl nope")[0]).toBe(1);
  expect(said("pvecm expected 1")).toEqual([0, ""]);
  expect(said("pvecm status")[1]).toContain("Expected votes:   2\n");
});

it("knows what the firewall's service does", () => {
  expect(said("pve-firewall status")).toEqual([0, "Status: disabled/running\n"]);
  cluster.on("pve1", "pve-firewall stop");
  expect(said("pve-firewall status")).toEqual([0, "Status: disabled/stopped\n"]);
  expect(said("pve-firewall localnet")[1]).toContain(" - pve2: 192.168.10.202 (link: 0)\n");
});

it("has Proxmox' daemons as programs, which are their units", () => {
  expect(said("pvescheduler status")).toEqual([0, "running\n"]);
  cluster.on("pve1", "systemctl stop pvestatd");
  expect(said("pvestatd status")).toEqual([0, "stopped\n"]);
});

it("backs a guest up, and restores it with disks of its own", () => {
  cluster.on("pve1", "qm create 100 --name db --memory 256 --scsi0 local-lvm:2");
  const [exitCode, log] = said("vzdump 100 --storage local --compress zstd");
  expect(exitCode).toBe(0);
  expect(log).toMatch(
    /^INFO: starting new backup job: vzdump 100 .*\nINFO: Starting Backup of VM 100 \(qemu\)\n/,
  );
  const archive = /'(\/var\/lib\/vz\/dump\/vzdump-qemu-100-\S+\.vma\.zst)'/.exec(log)?.[1] ?? "";
  expect(said(`qmrestore ${archive} 201`)[0]).toBe(0);
  expect(said("qm config 201")[1]).toMatch(
    /memory: 256\n.*name: db\n.*scsi0: local-lvm:vm-201-disk-0,size=2G\n/s,
  );
  expect(said(`qmrestore ${archive} 201`)[1]).toContain("unable to restore VM 201 - VM 201 already exists");
  expect(said("qmrestore /var/lib/vz/dump/none.vma 202")[1]).toContain("can't find archive file");
  expect(said("vzdump 999")).toEqual([
    255,
    expect.stringMatching(
      /^INFO: .*\nERROR: Backup of VM 999 failed - unable to find VM '999'\n.*\njob errors\n$/s,
    ),
  ]);
});

it("shows in /etc/pve what was configured", () => {
  cluster.on("pve1", "qm create 100 --memory 256");
  cluster.on("pve1", "ha-manager add vm:100 --max_restart 2");
  cluster.on("pve1", "pvenode config set --startall-onboot-delay 30");
  expect(clusterFiles(cluster.store.state())).toMatchObject({
    "ha/resources.cfg": "vm: 100\n\tmax_restart 2\n\tstate started\n\n",
    "nodes/pve1/config": "startall-onboot-delay: 30\n",
  });
});
