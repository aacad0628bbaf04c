import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AppError } from "../agents/base/errors.ts";
import { openApi } from "../lab/api/open-api.ts";
import { perform } from "../lab/api/perform.ts";
import { createTestCluster, type TestCluster } from "../lab/cluster/testing.ts";
import { ROLE, readAccount, USER } from "./mint/account.ts";
import type { NodeShell } from "./mint/node-shell.ts";
import { KINDS, PRIVILEGES, privilegesFor } from "./mint/privileges.ts";
import { tokenInFile } from "./mint/token-file.ts";
import { act, type Options } from "./mint.ts";

let directory: string;
let cluster: TestCluster;
let file: string;
let caFile: string;
let said: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "minilab-mint-"));
  file = join(directory, "proxmox_token");
  caFile = join(directory, "pve-root-ca.pem");
  cluster = createTestCluster("fresh");
  said = [];
  vi.spyOn(console, "log").mockImplementation((text: string) => void said.push(text));
});
afterEach(() => {
  vi.restoreAllMocks();
  cluster.remove();
  rmSync(directory, { recursive: true });
});

const signal = AbortSignal.timeout(60_000);
const mint: Options = { kinds: undefined, days: 90, action: "mint", isSure: true };

/** A node's own pveum; `dies` cuts the connection at that command, before or after it has worked. */
function shell(dies?: { at: number; before: boolean }): NodeShell {
  let count = 0;
  return {
    node: "pve1",
    close: () => {},
    async run([program = "", ...argv]) {
      const isEnd = ++count === dies?.at;
      if (isEnd && dies?.before) throw new AppError("unavailable", "the connection broke");
      if (program === "cat") return "-----BEGIN CERTIFICATE-----\n";
      const { exitCode, stdout, stderr } = cluster.run("pve1", [program.replace(/^.*\//, ""), ...argv]);
      if (isEnd) throw new AppError("unavailable", "the connection broke");
      if (exitCode !== 0) throw new AppError("unavailable", stderr);
      return stdout;
    },
  };
}

const secretOf = (token: string) => token.split("=")[1] ?? "";

async function expectOneOfEach(): Promise<void> {
  const account = await readAccount(shell());
  expect(account).toMatchObject({ privileges: privilegesFor(["guests"]), hasUser: true, isGranted: true });
  expect(account.tokens.map(({ tokenid }) => `${USER}!${tokenid}`)).toEqual([tokenInFile(file)]);
}

test("one command makes a role, a user and a token that the cluster knows, kept where only its owner reads it", async () => {
  expect(await act(shell(), mint, { file, caFile, signal })).toBe(0);
  await expectOneOfEach();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(caFile, "utf8")).toContain("CERTIFICATE");
  expect(said.join("\n")).not.toContain(secretOf(readFileSync(file, "utf8").trim()));
  const again = await act(shell(), mint, { file, caFile, signal });
  expect([again, said.at(-1)]).toEqual([0, expect.stringContaining("nothing to do")]);
});

test("killed at each step and run again it ends with one of each, and nothing left over", async () => {
  let tried = 0;
  for (const before of [true, false])
    for (let at = 1; ; at++) {
      cluster.remove();
      rmSync(file, { force: true });
      cluster = createTestCluster("fresh");
      const died = await act(shell({ at, before }), mint, { file, caFile, signal }).catch(() => "died");
      if (died === 0) break;
      await act(shell(), mint, { file, caFile, signal });
      await expectOneOfEach();
      tried++;
    }
  expect(tried).toBeGreaterThanOrEqual(12);
});

test("--rotate leaves the new token alone; --revoke leaves nothing, also when it is killed on the way", async () => {
  await act(shell(), mint, { file, caFile, signal });
  const first = readFileSync(file, "utf8");
  await act(shell(), { ...mint, action: "rotate" }, { file, caFile, signal });
  expect(readFileSync(file, "utf8")).not.toBe(first);
  await expectOneOfEach();
  for (let at = 6; at < 9; at++)
    await act(shell({ at, before: false }), { ...mint, action: "revoke" }, { file, caFile, signal }).catch(
      () => {},
    );
  await act(shell(), { ...mint, action: "revoke" }, { file, caFile, signal });
  expect(await readAccount(shell())).toEqual({
    privileges: undefined,
    hasUser: false,
    isGranted: false,
    tokens: [],
  });
  expect(existsSync(file)).toBe(false);
});

test("--show tells what there is, never the secret", async () => {
  await act(shell(), { ...mint, kinds: ["guests", "pools"] }, { file, caFile, signal });
  await act(shell(), { ...mint, action: "show" }, { file, caFile, signal });
  expect(said.at(-1)).toMatch(
    /work +guests, pools\nuser +minilab@pve\ntoken +terraform-[\d-]{10}-[0-9a-f]{8}, ends \d{4}-\d\d-\d\d, kept in/,
  );
  expect(said.at(-1)).not.toContain(secretOf(readFileSync(file, "utf8").trim()));
});

test("a user of that name that somebody else has made is left alone", async () => {
  cluster.on("pve1", `pveum user add ${USER}`);
  await expect(act(shell(), mint, { file, caFile, signal })).rejects.toThrow("was not made by mint");
});

/** What fails without the privilege, and goes with it; a guest 100 is there. */
const NEEDS: Readonly<Record<string, [request: string, given?: Record<string, string>]>> = {
  "Sys.Audit": ["GET /nodes/pve1/status"],
  "Sys.AccessNetwork": [
    "POST /nodes/pve1/storage/local/download-url",
    { content: "iso", filename: "a.iso", url: "https://example.org/a.iso" },
  ],
  "Datastore.AllocateSpace": ["POST /nodes/pve1/qemu/100/config", { scsi1: "local-lvm:1" }],
  "Datastore.AllocateTemplate": [
    "POST /nodes/pve1/storage/local/download-url",
    { content: "iso", filename: "b.iso", url: "https://example.org/b.iso" },
  ],
  "SDN.Use": ["POST /nodes/pve1/qemu/100/config", { net1: "virtio,bridge=vmbr0" }],
  "VM.Allocate": ["POST /nodes/pve1/qemu", { vmid: "101" }],
  "VM.Audit": ["GET /nodes/pve1/qemu/100/config"],
  "VM.Clone": ["POST /nodes/pve1/qemu/100/clone", { newid: "102" }],
  "VM.Config.CDROM": ["POST /nodes/pve1/qemu/100/config", { ide2: "none,media=cdrom" }],
  "VM.Config.CPU": ["POST /nodes/pve1/qemu/100/config", { cores: "2" }],
  "VM.Config.Cloudinit": ["POST /nodes/pve1/qemu/100/config", { ciuser: "admin" }],
  "VM.Config.Disk": ["POST /nodes/pve1/qemu/100/config", { scsi2: "local-lvm:1" }],
  "VM.Config.HWType": ["POST /nodes/pve1/qemu/100/config", { scsihw: "virtio-scsi-pci" }],
  "VM.Config.Memory": ["POST /nodes/pve1/qemu/100/config", { memory: "1024" }],
  "VM.Config.Network": ["POST /nodes/pve1/qemu/100/config", { net2: "virtio,bridge=vmbr0" }],
  "VM.Config.Options": ["POST /nodes/pve1/qemu/100/config", { name: "web" }],
  "VM.GuestAgent.Audit": ["GET /nodes/pve1/qemu/100/agent/network-get-interfaces"],
  "VM.Migrate": ["POST /nodes/pve1/qemu/100/migrate", { target: "pve2" }],
  "VM.PowerMgmt": ["POST /nodes/pve1/qemu/100/status/start"],
  "VM.Snapshot": ["POST /nodes/pve1/qemu/100/snapshot", { snapname: "before" }],
  "Sys.Modify": ["PUT /nodes/pve1/dns", { search: "lab", dns1: "192.168.10.1" }],
  "Pool.Allocate": ["POST /pools", { poolid: "web" }],
  "Pool.Audit": ["GET /pools/none"],
  "Group.Allocate": ["POST /access/groups", { groupid: "admins" }],
  "Realm.AllocateUser": ["POST /access/users", { userid: "one@pve" }],
  "User.Modify": ["PUT /access/users/none@pve", { comment: "one" }],
};

test.each(PRIVILEGES)("$name is needed for $kind", async ({ name, kind }) => {
  const [request, given = {}] = NEEDS[name] ?? [""];
  const status = async (privileges: readonly string[]) => {
    cluster.remove();
    cluster = createTestCluster("fresh");
    await act(shell(), { ...mint, kinds: KINDS }, { file, caFile, signal });
    cluster.on("pve1", "qm create 100 --memory 512");
    cluster.run("pve1", ["pveum", "role", "modify", ROLE, "--privs", privileges.join(",")]);
    const [method = "", path = ""] = request.split(" ");
    const segments = path.split("/").filter(Boolean);
    return perform(openApi(cluster.store), { method, segments, given, user: USER }).status;
  };
  const all = privilegesFor(["guests", kind]);
  expect(await status(all)).not.toBe(403);
  expect(await status(all.filter((each) => each !== name))).toBe(403);
});
