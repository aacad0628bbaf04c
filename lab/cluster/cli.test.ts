import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openApi } from "../api/open-api.ts";
import { PROGRAM_NAMES, runCommand } from "./cli.ts";
import { CREATE_WEB, createTestCluster, type TestCluster } from "./testing.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = createTestCluster("fresh");
});
afterEach(() => cluster.remove());

describe("gaps", () => {
  it.each([
    "qm import 100 x",
    "pvesh get /nodes/pve1/apt/repositories",
    "nft list ruleset",
    "pveum user tfa unlock x@pve",
    "pvecm add pve3",
  ])("says of %s that it is not simulated", (command) => {
    const { exitCode, stderr } = cluster.on("pve1", command);
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
        const outcome = runCommand({ api: openApi(cluster.store), node: "pve1", argv });
        expect(Number.isInteger(outcome.exitCode)).toBe(true);
        if (!PROGRAM_NAMES.includes(argv[0] ?? "")) expect(outcome.exitCode).toBe(127);
      }),
      { numRuns: 400 },
    );
  });
});

describe("what is kept", () => {
  it("survives a restart, with the journal of who changed what and how often", () => {
    cluster.on("pve1", CREATE_WEB);
    cluster.on("pve1", CREATE_WEB);
    cluster.on("pve1", "qm list");
    cluster.reopen();
    expect(cluster.store.state().guests.map(({ vmid }) => vmid)).toEqual([9101]);
    expect(
      cluster.store
        .journal()
        .map(({ node, operation, target, exitCode }) => [node, operation, target, exitCode]),
    ).toEqual([
      ["pve1", "qm create", "9101", 0],
      ["pve1", "qm create", "9101", 255],
    ]);
    expect(cluster.store.state().tasks.map(({ type, id }) => [type, id])).toEqual([["qmcreate", "9101"]]);
  });

  it("begins on day 3 with the template and the orphan of a failed import", () => {
    cluster.remove();
    cluster = createTestCluster("day3");
    expect(cluster.on("pve1", "pvesm list local-lvm").stdout).toContain("local-lvm:vm-9000-disk-1");
    expect(cluster.on("pve1", "qm config 9000").stdout).toContain("unused0: local-lvm:vm-9000-disk-1\n");
  });
});
