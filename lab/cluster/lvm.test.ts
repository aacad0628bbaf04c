import { afterEach, beforeEach, expect, it } from "vitest";
import { nodeHardware } from "./node-facts.ts";
import { createTestCluster, type TestCluster } from "./testing.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = createTestCluster("fresh");
});
afterEach(() => cluster.remove());

const on = (command: string) => cluster.on("pve1", command);
const hardware = () => nodeHardware(cluster.store.state(), "pve1");
const GIB = 1024 ** 3;

it("makes a volume of what is free, grows and removes it, and no more than there is", () => {
  const { freeBytes } = hardware();
  expect(on("lvcreate -n test -L 1G pve")).toMatchObject({
    exitCode: 0,
    stdout: '  Logical volume "test" created.\n',
  });
  expect(hardware()).toMatchObject({
    freeBytes: freeBytes - GIB,
    plainVolumes: [{ name: "test", sizeBytes: GIB, pool: "" }],
  });
  expect(on("lvcreate -n test -L 1G pve")).toMatchObject({
    exitCode: 5,
    stderr: '  Logical Volume "test" already exists in volume group "pve"\n',
  });
  expect(on("lvcreate -n big -L 100G pve").stderr).toBe(
    '  Volume group "pve" has insufficient free space (512 extents): 25600 required.\n',
  );
  expect(on("lvextend -L +512M /dev/pve/test").stdout).toContain(
    "changed from 1.00 GiB (256 extents) to 1.50 GiB (384 extents)",
  );
  expect(on("lvremove pve/test")).toMatchObject({ exitCode: 5 });
  expect(on("lvremove -y /dev/mapper/pve-test").stdout).toBe(
    '  Logical volume "test" successfully removed.\n',
  );
  expect(hardware()).toMatchObject({ freeBytes, plainVolumes: [] });
  expect(on("lvcreate -n odd -L 5M pve").stdout).toContain(
    "Rounding up size to full physical extent 8.00 MiB\n",
  );
});

it("makes of a thin volume with a guest's name one of the storage", () => {
  expect(on("lvcreate -V 10G -T pve/data -n vm-300-disk-0").exitCode).toBe(0);
  expect(on("lvcreate -V 2G --thinpool data -n scratch pve").exitCode).toBe(0);
  expect(on("pvesm list local-lvm").stdout).toMatch(
    /^local-lvm:vm-300-disk-0 +raw +images +10737418240 300$/m,
  );
  expect(on("pvesm list local-lvm").stdout).not.toContain("scratch");
  expect(hardware().plainVolumes).toEqual([{ name: "scratch", sizeBytes: 2 * GIB, pool: "data" }]);
  expect(on("lvremove -f pve/vm-300-disk-0").exitCode).toBe(0);
  expect(on("pvesm list local-lvm").stdout).not.toContain("vm-300");
});

it("takes no volume from a guest that runs, and none that a node needs", () => {
  on("qm create 301 --memory 128 --scsi0 local-lvm:1");
  on("qm start 301");
  expect(on("lvremove -y pve/vm-301-disk-0").stderr).toBe("  Logical volume pve/vm-301-disk-0 in use.\n");
  expect(on("lvremove -y pve/root").stderr).toBe("  Logical volume pve/root contains a filesystem in use.\n");
  expect(on("lvremove -y pve/nope").stderr).toBe('  Failed to find logical volume "pve/nope"\n');
  expect(on("lvremove -y other/x")).toMatchObject({ exitCode: 5 });
});

it("gives what is free to the root, and its file system after it", () => {
  const { root, freeBytes } = hardware();
  expect(on("lvresize -l +100%FREE /dev/pve/root").exitCode).toBe(0);
  expect(hardware()).toMatchObject({ freeBytes: 0, root: { totalBytes: root.totalBytes } });
  expect(on("resize2fs /dev/mapper/pve-root").stdout).toContain("is now ");
  expect(hardware().root.totalBytes).toBeGreaterThan(root.totalBytes + 0.9 * freeBytes);
  expect(on("resize2fs /dev/mapper/pve-root").stdout).toContain("Nothing to do!");
  expect(on("lvextend -L +1G pve/data").stderr).toContain("insufficient free space (0 extents)");
});
