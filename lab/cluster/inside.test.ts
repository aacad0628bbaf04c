/** What tools of a node say of guests that are records only, and of options as Getopt reads them. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { createTestCluster, type TestCluster } from "./testing.ts";

let cluster: TestCluster;
const on = (command: string) => cluster.on("pve1", command);

beforeEach(() => {
  cluster = createTestCluster("day3");
});
afterEach(() => cluster.remove());

it("makes, changes and removes a container with what LVM prints meanwhile", () => {
  on("pveam download local debian-13-standard_13.1-2_amd64.tar.zst");
  const made = on("pct create 200 local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst --rootfs local-lvm:4");
  expect(made.stdout).toMatch(/^ {2}Logical volume "vm-200-disk-0" created\.\nextracting archive /);
  expect(on("pct config 200").stdout).toContain("ostype: debian\n");
  expect(on("pct set 200 --mp0 local-lvm:1,mp=/srv").stdout).toBe(
    '  Logical volume "vm-200-disk-1" created.\n',
  );
  expect(on("pct resize 200 rootfs +1G").stdout).toContain(
    "4.00 GiB (1024 extents) to 5.00 GiB (1280 extents)",
  );
  expect(on("pct snapshot 200 s1").stdout).toContain('"snap_vm-200-disk-0_s1" created.');
  expect(on("pct destroy 200 --purge").stdout).toMatch(
    /"vm-200-disk-0" successfully removed\.\n[^\n]*\npurging CT 200 /,
  );
});

it("says of what is inside a guest only what it knows", () => {
  on("pveam download local debian-13-standard_13.1-2_amd64.tar.zst");
  on(
    "pct create 200 local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst --rootfs local-lvm:4 --hostname box",
  );
  expect(on("pct exec 200 -- hostname").stderr).toBe("container '200' not running!\n");
  on("pct start 200");
  expect(on("pct exec 200 -- hostname").stdout).toBe("box\n");
  expect(on("pct exec 200 -- apt update").stderr).toContain("not simulated");
  on("qm create 100 --agent 1");
  expect(on("qm guest cmd 100 ping").stderr).toBe("VM 100 is not running\n");
  on("qm start 100");
  expect(on("qm guest cmd 100 ping").stderr).toBe("QEMU guest agent is not running\n");
  expect(on("qm showcmd 100").stdout).toMatch(/^\/usr\/bin\/kvm -id 100 -name 'VM 100,debug-threads=on' /);
});

it("knows an option by its beginning, unless another has the same", () => {
  on("pveum user add ops@pve");
  expect(on("pveum aclmod / -user ops@pve -role PVEAuditor").exitCode).toBe(0);
  expect(on("pveum user permissions ops@pve").stdout).toContain("Sys.Audit (*)");
  expect(on("qm create 102 --cp 1").stderr).toContain("Option cp is ambiguous (cpu, ");
  expect(on("qm list --bogus").stderr).toMatch(/^Unknown option: bogus\n400 unable to parse option\n/);
});

it("starts and moves all guests of a node, and has no Ceph", () => {
  on("qm create 100 --memory 64 --onboot 1");
  on("qm create 101 --memory 64");
  expect(on("pvenode startall").stdout).toBe("Starting VM 100\n");
  expect(on("pvenode stopall").stdout).toContain("Stopping VM 100");
  expect(on("pvenode migrateall pve2").stdout).toMatch(/starting migration of VM 101 to node 'pve2' \(192/);
  expect(on("pveceph status").stderr).toBe("binary not installed: /usr/bin/ceph-mon\n");
});

it("prunes the backups that no rule keeps, and reads what is in one", () => {
  on("qm create 100 --memory 64");
  on("vzdump 100 --storage local");
  const preview = on("pvesm prune-backups local --keep-last 0 --dry-run").stdout;
  expect(preview).toMatch(/^NOTE: .*\n.*\n\nBackup +Backup-ID Prune-Mark\n.* +qemu\/100 +remove\n$/);
  const [volume = ""] = /local:backup\S+/.exec(preview) ?? [];
  expect(on(`pvesm extractconfig ${volume}`).stdout).toContain("memory: 64\n");
  expect(on("pvesm prune-backups local --keep-last 1").stdout).toBe("");
  expect(on("pvesm prune-backups local --keep-last 0").stdout).toBe(`removing backup '${volume}'\n`);
  expect(on("pvesm prune-backups local --dry-run").stdout).toBe("No backups found\n");
});

it("refuses options that no guest and no storage has", () => {
  expect(on("qm set 9000 --delete bogus").stderr).toContain("delete: unknown option 'bogus'");
  expect(on("pvesm add nfs share --server 10.0.0.1").stderr).toBe(
    "missing value for required option 'export'\n",
  );
  expect(on("pvesm set local --content bogus").stderr).toContain("invalid content type 'bogus'");
  expect(on("pvesm lvmscan").stdout).toBe("pve\n");
});
