import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PROGRAM_NAMES, runCommand } from "./cli.ts";
import type { CommandOutcome } from "./outcome.ts";
import { clusterFiles } from "./pmxcfs.ts";
import type { StartState } from "./start-states.ts";
import { openStore, type Store } from "./store.ts";

let directory: string;
let store: Store;

function open(start: StartState): void {
  store = openStore({
    stateFile: join(directory, "cluster.json"),
    start,
    now: () => Date.UTC(2026, 1, 26, 15, 22, 49),
  });
}

/** `on("pve1", "qm list")`: words are split at blanks. */
function on(node: string, command: string): CommandOutcome {
  return runCommand({ store, node, argv: command.split(" ") });
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lab-cluster-"));
  open("fresh");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const WEB =
  "qm create 9101 --name web-01 --memory 512 --cores 1 --net0 virtio,bridge=vmbr0 --scsi0 local-lvm:8";

describe("a guest's life", () => {
  it("is created, started, seen as running, stopped and destroyed with its disk", () => {
    expect(on("pve1", WEB).stdout).toBe(
      `  Logical volume "vm-9101-disk-0" created.\nscsi0: successfully created disk 'local-lvm:vm-9101-disk-0,size=8G'\n`,
    );
    expect(on("pve1", "qm status 9101")).toEqual({ exitCode: 0, stdout: "status: stopped\n", stderr: "" });
    expect(on("pve1", "qm start 9101").exitCode).toBe(0);
    expect(on("pve1", "qm status 9101").stdout).toBe("status: running\n");
    expect(on("pve1", "qm destroy 9101").stderr).toBe("VM 9101 is running - destroy failed\n");
    expect(on("pve1", "qm stop 9101").exitCode).toBe(0);
    expect(on("pve1", "qm destroy 9101").stdout).toBe(
      `  Logical volume "vm-9101-disk-0" successfully removed.\n`,
    );
    expect(store.state().guests).toEqual([]);
    expect(store.state().volumes).toEqual([]);
  });

  it("has a configuration of sorted lines, the same as its file in /etc/pve", () => {
    on("pve1", WEB);
    const { stdout } = on("pve1", "qm config 9101");
    const keys = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(": ")[0]);
    expect(keys).toEqual(["boot", "cores", "memory", "meta", "name", "net0", "scsi0", "smbios1", "vmgenid"]);
    expect(stdout).toMatch(/^net0: virtio=BC:24:11(:[0-9A-F]{2}){3},bridge=vmbr0$/m);
    expect(clusterFiles(store.state())["nodes/pve1/qemu-server/9101.conf"]).toBe(stdout);
  });

  it("is listed on its own node only, and an empty list prints nothing", () => {
    on("pve1", WEB);
    expect(on("pve1", "qm list").stdout.split("\n").slice(0, 2)).toEqual([
      "      VMID NAME                 STATUS     MEM(MB)    BOOTDISK(GB) PID       ",
      "      9101 web-01               stopped    512                8.00 0         ",
    ]);
    expect(on("pve2", "qm list")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(on("pve2", "qm status 9101").exitCode).toBe(2);
  });

  it("keeps a removed drive as unused and says what it updated", () => {
    on("pve1", WEB);
    expect(on("pve1", "qm set 9101 --memory 1024 --delete scsi0").stdout).toBe(
      "update VM 9101: -memory 1024 -delete scsi0\n",
    );
    expect(store.state().guests[0]?.config).toMatchObject({
      memory: "1024",
      unused0: "local-lvm:vm-9101-disk-0",
    });
  });
});

describe("what a real node refuses", () => {
  it("refuses a vmid that another node has, and leaves no disk behind (F51)", () => {
    on("pve1", WEB);
    const twice = on("pve2", WEB);
    expect(twice).toEqual({
      exitCode: 255,
      stdout: "",
      stderr: "unable to create VM 9101 - VM 9101 already exists on node 'pve1'\n",
    });
    expect(store.state().volumes).toHaveLength(1);
  });

  it("refuses to start a guest beyond the node's free memory (F42)", () => {
    on("pve1", WEB.replace("--memory 512", "--memory 8192"));
    const { exitCode, stderr } = on("pve1", "qm start 9101");
    expect(exitCode).toBe(255);
    expect(stderr).toContain("Cannot allocate memory");
    expect(store.state().guests[0]?.status).toBe("stopped");
  });

  it("counts the memory of guests that run already (F42)", () => {
    for (const vmid of [101, 102, 103, 104]) on("pve1", `qm create ${vmid} --memory 600`);
    expect([101, 102, 103, 104].map((vmid) => on("pve1", `qm start ${vmid}`).exitCode)).toEqual([
      0, 0, 0, 255,
    ]);
  });

  it.each([
    [
      WEB.replace("local-lvm:8", "local:8"),
      "unable to create VM 9101 - storage 'local' does not support content-type 'images'\n",
    ],
    [WEB.replace("local-lvm:8", "ceph:8"), "unable to create VM 9101 - storage 'ceph' does not exist\n"],
    [`${WEB} --disk 8`, "Unknown option: disk\n400 unable to parse option\nqm create <vmid> [OPTIONS]\n"],
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
    ["pvesh get /nope", "No 'get' handler defined for '/nope'\n"],
  ])("answers %s as the real tool does", (command, stderr) => {
    expect(on("pve1", command)).toEqual({ exitCode: 255, stdout: "", stderr });
    expect(store.state().guests).toEqual([]);
  });

  it("refuses to start a guest on a bridge that is not there", () => {
    on("pve1", WEB.replace("vmbr0", "vmbr-mgmt"));
    expect(on("pve1", "qm start 9101").stderr).toBe("bridge 'vmbr-mgmt' does not exist\n");
    expect(on("pve1", "ip link show vmbr-mgmt")).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: 'Device "vmbr-mgmt" does not exist.\n',
    });
  });

  it("never starts a template, nor makes one twice", () => {
    open("fresh");
    on("pve1", WEB);
    expect(on("pve1", "qm template 9101").exitCode).toBe(0);
    expect(on("pve1", "qm template 9101").stderr).toBe("you can't convert a template to a template\n");
    expect(on("pve1", "qm start 9101").stderr).toBe("you can't start a vm if it's a template\n");
    expect(on("pve1", "qm clone 9101 9102 --name web-02").exitCode).toBe(0);
    expect(store.state().guests[1]?.config).toMatchObject({
      name: "web-02",
      scsi0: "local-lvm:vm-9102-disk-0,size=8G",
    });
  });
});

describe("gaps", () => {
  it.each([
    "qm migrate 100 pve2",
    "pct create 100 x",
    "pvesh create /nodes",
    "nft list ruleset",
    "pveum user list",
    "pvecm expected 1",
  ])("says of %s that it is not simulated", (command) => {
    const { exitCode, stderr } = on("pve1", command);
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/^lab: '.+' is not simulated\n$/);
  });

  it("never crashes, and never succeeds at a program it does not know", () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom(
        ...PROGRAM_NAMES,
        "list",
        "create",
        "9000",
        "--scsi0",
        "local-lvm:8",
        "get",
        "/nodes",
        "show",
        "-p",
        "__proto__",
      ),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
        const outcome = runCommand({ store, node: "pve1", argv });
        expect(Number.isInteger(outcome.exitCode)).toBe(true);
        if (!PROGRAM_NAMES.includes(argv[0] ?? "")) expect(outcome.exitCode).toBe(127);
      }),
      { numRuns: 400 },
    );
  });
});

describe("what is kept", () => {
  it("survives a restart, with the journal of who changed what and how often (F51)", () => {
    on("pve1", WEB);
    on("pve1", WEB);
    on("pve1", "qm list");
    open("day3");
    expect(store.state().guests.map(({ vmid }) => vmid)).toEqual([9101]);
    expect(
      store.journal().map(({ node, operation, target, exitCode }) => [node, operation, target, exitCode]),
    ).toEqual([
      ["pve1", "qm create", "9101", 0],
      ["pve1", "qm create", "9101", 255],
    ]);
    expect(store.state().tasks.map(({ type, id }) => [type, id])).toEqual([["qmcreate", "9101"]]);
  });

  it("begins on day 3 with the template and the orphan of a failed import (F51)", () => {
    rmSync(directory, { recursive: true });
    directory = mkdtempSync(join(tmpdir(), "lab-cluster-"));
    open("day3");
    expect(on("pve1", "pvesm list local-lvm").stdout).toContain("local-lvm:vm-9000-disk-1");
    expect(on("pve1", "qm config 9000").stdout).toContain("unused0: local-lvm:vm-9000-disk-1\n");
  });
});
