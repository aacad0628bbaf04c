import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clusterFiles } from "./pmxcfs.ts";
import { CREATE_WEB, createTestCluster, type TestCluster } from "./testing.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = createTestCluster("fresh");
});
afterEach(() => cluster.remove());

describe("a guest's life", () => {
  it("is created, started, seen as running, stopped and destroyed with its disk", () => {
    expect(cluster.on("pve1", CREATE_WEB).stdout).toBe(
      `  Logical volume "vm-9101-disk-0" created.\nscsi0: successfully created disk 'local-lvm:vm-9101-disk-0,size=8G'\n`,
    );
    expect(cluster.on("pve1", "qm status 9101")).toEqual({
      exitCode: 0,
      stdout: "status: stopped\n",
      stderr: "",
    });
    expect(cluster.on("pve1", "qm start 9101").exitCode).toBe(0);
    expect(cluster.on("pve1", "qm status 9101").stdout).toBe("status: running\n");
    expect(cluster.on("pve1", "qm destroy 9101").stderr).toBe("VM 9101 is running - destroy failed\n");
    expect(cluster.on("pve1", "qm stop 9101").exitCode).toBe(0);
    expect(cluster.on("pve1", "qm destroy 9101").stdout).toBe(
      `  Logical volume "vm-9101-disk-0" successfully removed.\n`,
    );
    expect(cluster.store.state().guests).toEqual([]);
    expect(cluster.store.state().volumes).toEqual([]);
  });

  it("has a configuration of sorted lines, the same as its file in /etc/pve", () => {
    cluster.on("pve1", CREATE_WEB);
    const { stdout } = cluster.on("pve1", "qm config 9101");
    const keys = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(": ")[0]);
    expect(keys).toEqual(["boot", "cores", "memory", "meta", "name", "net0", "scsi0", "smbios1", "vmgenid"]);
    expect(stdout).toMatch(/^net0: virtio=BC:24:11(:[0-9A-F]{2}){3},bridge=vmbr0$/m);
    expect(clusterFiles(cluster.store.state())["nodes/pve1/qemu-server/9101.conf"]).toBe(stdout);
  });

  it("is listed on its own node only, and an empty list prints nothing", () => {
    cluster.on("pve1", CREATE_WEB);
    expect(cluster.on("pve1", "qm list").stdout.split("\n").slice(0, 2)).toEqual([
      "      VMID NAME                 STATUS     MEM(MB)    BOOTDISK(GB) PID       ",
      "      9101 web-01               stopped    512                8.00 0         ",
    ]);
    expect(cluster.on("pve2", "qm list")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(cluster.on("pve2", "qm status 9101").exitCode).toBe(2);
  });

  it("keeps a removed drive as unused and says what it updated", () => {
    cluster.on("pve1", CREATE_WEB);
    expect(cluster.on("pve1", "qm set 9101 --memory 1024 --delete scsi0").stdout).toBe(
      "update VM 9101: -delete scsi0 -memory 1024\n",
    );
    expect(cluster.store.state().guests[0]?.config).toMatchObject({
      memory: "1024",
      unused0: "local-lvm:vm-9101-disk-0",
    });
  });
});

describe("what a real node refuses", () => {
  it("refuses a vmid that another node has, and leaves no disk behind", () => {
    cluster.on("pve1", CREATE_WEB);
    const twice = cluster.on("pve2", CREATE_WEB);
    expect(twice).toEqual({
      exitCode: 255,
      stdout: "",
      stderr: "unable to create VM 9101 - VM 9101 already exists on node 'pve1'\n",
    });
    expect(cluster.store.state().volumes).toHaveLength(1);
  });

  it("refuses to start a guest beyond the node's free memory (F42)", () => {
    cluster.on("pve1", CREATE_WEB.replace("--memory 512", "--memory 8192"));
    const { exitCode, stderr } = cluster.on("pve1", "qm start 9101");
    expect(exitCode).toBe(255);
    expect(stderr).toContain("Cannot allocate memory");
    expect(cluster.store.state().guests[0]?.status).toBe("stopped");
  });

  it("counts the memory of guests that run already (F42)", () => {
    for (const vmid of [101, 102, 103, 104]) cluster.on("pve1", `qm create ${vmid} --memory 600`);
    expect([101, 102, 103, 104].map((vmid) => cluster.on("pve1", `qm start ${vmid}`).exitCode)).toEqual([
      0, 0, 0, 255,
    ]);
  });

  it.each([
    [
      CREATE_WEB.replace("local-lvm:8", "local:8"),
      "unable to create VM 9101 - storage 'local' does not support content-type 'images'\n",
    ],
    [
      CREATE_WEB.replace("local-lvm:8", "ceph:8"),
      "unable to create VM 9101 - storage 'ceph' does not exist\n",
    ],
    [
      `${CREATE_WEB} --disk 8`,
      "Unknown option: disk\n400 unable to parse option\nqm create <vmid> [OPTIONS]\n",
    ],
    ["qm create", "400 not enough arguments\nqm create <vmid> [OPTIONS]\n"],
    ["qm create 9101 9102", "400 too many arguments\nqm create <vmid> [OPTIONS]\n"],
    [
      "qm create web",
      "400 Parameter verification failed.\nvmid: type check ('integer') failed - got 'web'\nqm create <vmid> [OPTIONS]\n",
    ],
    [
      "qm create 99",
      "400 Parameter verification failed.\nvmid: value must have a minimum value of 100\nqm create <vmid> [OPTIONS]\n",
    ],
    [
      "pvesm status --output-format json",
      "Unknown option: output-format\n400 unable to parse option\npvesm status [OPTIONS]\n",
    ],
    ["pvesm list", "400 not enough arguments\npvesm list <storage> [OPTIONS]\n"],
  ])("answers %s as the real tool does", (command, stderr) => {
    expect(cluster.on("pve1", command)).toEqual({ exitCode: 255, stdout: "", stderr });
    expect(cluster.store.state().guests).toEqual([]);
  });

  it("refuses to start a guest on a bridge that is not there", () => {
    cluster.on("pve1", CREATE_WEB.replace("vmbr0", "vmbr-mgmt"));
    expect(cluster.on("pve1", "qm start 9101").stderr).toBe("bridge 'vmbr-mgmt' does not exist\n");
    expect(cluster.on("pve1", "ip link show vmbr-mgmt")).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: 'Device "vmbr-mgmt" does not exist.\n',
    });
  });

  it("never starts a template, nor makes one twice", () => {
    cluster.on("pve1", CREATE_WEB);
    expect(cluster.on("pve1", "qm template 9101").exitCode).toBe(0);
    expect(cluster.on("pve1", "qm template 9101").stderr).toBe(
      "you can't convert a template to a template\n",
    );
    expect(cluster.on("pve1", "qm start 9101").stderr).toBe("you can't start a vm if it's a template\n");
    expect(cluster.on("pve1", "qm clone 9101 9102 --name web-02").exitCode).toBe(0);
    expect(cluster.store.state().guests[1]?.config).toMatchObject({
      name: "web-02",
      scsi0: "local-lvm:vm-9102-disk-0,size=8G",
    });
  });
});
