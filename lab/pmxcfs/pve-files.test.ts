import { afterEach, beforeEach, expect, it } from "vitest";
import { clusterFiles } from "../cluster/pmxcfs.ts";
import { createTestCluster, type TestCluster } from "../cluster/testing.ts";
import { ERRNO, FileError } from "./file-error.ts";
import { NodeView } from "./node-view.ts";
import { PveFiles } from "./pve-files.ts";

let cluster: TestCluster;
let files: PveFiles;
let hasQuorum: boolean;

beforeEach(() => {
  cluster = createTestCluster("day3");
  files = new PveFiles({ store: cluster.store, fixed: { "priv/authorized_keys": "key\n" } });
  hasQuorum = true;
});
afterEach(() => cluster.remove());

function view(node = "pve1"): NodeView {
  return new NodeView({ files, node, isQuorate: () => hasQuorum });
}

/** As `cat > PATH` does it. */
function put(path: string, text: string, on = view()): void {
  const at = path.lastIndexOf("/");
  if (files.find(path)) on.truncate(path, 0n);
  else on.create(path.slice(0, Math.max(at, 0)), path.slice(at + 1));
  on.write(path, Buffer.from(text), 0n);
  on.commit(path);
}

function text(path: string): string {
  return view("pve2").read(path).toString("utf8");
}

function refusal(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return Object.entries(ERRNO).find(([, errno]) => errno === error.errno)?.[0];
  }
}

function said(command: string, node = "pve1"): string {
  return cluster.on(node, command).stdout;
}

it("keeps a file as it was written, until the state says something else", () => {
  const before = text("storage.cfg");
  put("storage.cfg", `# by hand\n${before}\ndir: extra\n\tpath /srv/extra\n\tcontent iso\n`);
  expect(text("storage.cfg")).toMatch(/^# by hand\n/);
  expect(said("pvesm status", "pve2")).toMatch(/^extra +dir +active/m);
  cluster.on("pve1", "pvesm remove extra");
  expect(text("storage.cfg")).toBe(before);
});

it.each([
  ["storage.cfg", "pvesm add nfs share --server 192.168.10.5 --export /srv --content iso"],
  ["user.cfg", "pveum user add ops@pve --comment x"],
  ["datacenter.cfg", "pvesh set /cluster/options --keyboard de"],
  ["jobs.cfg", "pvesh create /cluster/backup --schedule daily --all 1 --storage local"],
  ["firewall/cluster.fw", "pvesh create /cluster/firewall/aliases --name adm --cidr 10.0.0.1"],
  ["ha/resources.cfg", "ha-manager add vm:9000"],
  ["nodes/pve1/qemu-server/9000.conf", "qm set 9000 --onboot 1"],
])("reads of %s what the state has made of it", (path, command) => {
  expect(cluster.on("pve1", command).exitCode).toBe(0);
  const made = clusterFiles(cluster.store.state())[path];
  put(path, "");
  put(path, made ?? "");
  expect(cluster.store.state().pmxcfs?.files).toEqual([]);
  expect(clusterFiles(cluster.store.state())[path]).toBe(made);
});

it("makes, moves and removes a guest with its file, and keeps its volumes", () => {
  put("nodes/pve1/qemu-server/150.conf", "name: by-hand\nmemory: 256\n");
  expect(said("qm list")).toMatch(/150 by-hand +stopped +256/);
  expect(refusal(() => view().create("nodes/pve2/lxc", "150.conf"))).toBe("EEXIST");
  view().rename(["nodes/pve1/qemu-server", "150.conf"], ["nodes/pve2/qemu-server", "150.conf"]);
  expect(said("qm list", "pve2")).toContain("by-hand");
  view().remove("nodes/pve2/qemu-server", "150.conf");
  view().remove("nodes/pve1/qemu-server", "9000.conf");
  expect(cluster.store.state().guests).toEqual([]);
  expect(cluster.store.state().volumes.length).toBe(2);
});

it("keeps who stays in user.cfg able to log in", () => {
  cluster.on("pve1", "pveum user token add root@pam ci --privsep 0");
  const secret = () => cluster.store.state().sections["tokens"]?.["root@pam!ci"]?.["digest"];
  const before = secret();
  put("user.cfg", `${text("user.cfg")}user:ops@pve:1:0::::::\nacl:1:/vms:ops@pve:PVEVMAdmin:\n`);
  expect(before).toBeTruthy();
  expect(secret()).toBe(before);
  expect(said("pveum acl list")).toContain("ops@pve");
});

it("leaves out what cannot be read, and reads the rest", () => {
  const hostile =
    "__proto__: x\n\ta 1\n\nnothing: here\n\npath\n\ndir: ok\n\tpath /srv/ok\n\tcontent iso\n\x00\n";
  put("storage.cfg", hostile);
  expect(said("pvesm status").match(/^\S+/gm)).toEqual(["Name", "local", "ok"]);
  put(
    "firewall/cluster.fw",
    "[OPTIONS]\nenable: maybe\n[RULES]\nIN NOTHING\nIN DROP -what x\nIN ACCEPT -p tcp\n",
  );
  expect(cluster.store.state().firewalls["cluster"]?.rules).toEqual([
    { type: "in", action: "ACCEPT", enable: 1, proto: "tcp" },
  ]);
  expect(text("storage.cfg")).toBe(hostile);
});

it("keeps bytes that are no text", () => {
  const bytes = Buffer.from([0, 255, 254, 10]);
  const on = view();
  on.create("", "blob");
  on.write("blob", bytes, 0n);
  on.commit("blob");
  expect(on.read("blob")).toEqual(bytes);
});

it("has the bounds and the rights of pmxcfs", () => {
  const on = view();
  put("note", "x");
  expect(refusal(() => on.write("note", Buffer.from("x"), BigInt(1024 * 1024)))).toBe("EFBIG");
  expect(refusal(() => on.truncate("note", 1n << 40n))).toBe("EFBIG");
  expect(refusal(() => on.create("", "x".repeat(300)))).toBe("ENAMETOOLONG");
  expect(refusal(() => on.create("", ".."))).toBe("EACCES");
  expect(refusal(() => on.create("nowhere", "x"))).toBe("ENOENT");
  expect(refusal(() => on.remove("", ".members"))).toBe("EACCES");
  expect(refusal(() => on.remove("", "local"))).toBe("EACCES");
  expect(refusal(() => on.setAttributes("note", { mode: 0o644 }))).toBe("EPERM");
  expect(refusal(() => on.setAttributes("note", { mode: 0o640, group: 33 }))).toBeUndefined();
  expect(on.attributes("note").mode & 0o777).toBe(0o640);
  expect(on.attributes("priv/authorized_keys").mode & 0o777).toBe(0o600);
  expect(on.attributes("priv").mode & 0o777).toBe(0o700);
});

it("takes no more than it has room for", () => {
  const write = () => {
    for (let at = 0; at < 10; at++) put(`big${at}`, "x".repeat(1024 * 1024));
  };
  expect(refusal(write)).toBe("ENOSPC");
  expect(said("qm list")).toContain("9000");
});

it("can be read but not written without quorum", () => {
  put("note", "x");
  hasQuorum = false;
  const on = view();
  expect(refusal(() => on.write("note", Buffer.from("y"), 0n))).toBe("EACCES");
  expect(refusal(() => on.truncate("note", 0n))).toBe("EACCES");
  expect(refusal(() => on.create("", "other"))).toBe("EACCES");
  expect(refusal(() => on.remove("", "note"))).toBe("EACCES");
  expect(refusal(() => on.makeFolder("", "folder"))).toBe("EACCES");
  expect(on.attributes("note").mode & 0o777).toBe(0o440);
  expect(text("note")).toBe("x");
});

it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
  "keeps a file called %s as any other",
  (name) => {
    put(name, "x");
    view().makeFolder("priv", name);
    put(`priv/${name}/${name}`, "y");
    expect([text(name), text(`priv/${name}/${name}`)]).toEqual(["x", "y"]);
    expect(clusterFiles(cluster.store.state())).toEqual(
      expect.objectContaining({ "storage.cfg": expect.any(String) }),
    );
    expect(Object.hasOwn(clusterFiles(cluster.store.state()), name)).toBe(true);
    view().rename(["", name], ["", "other"]);
    view().remove("", "other");
    expect(refusal(() => view().read(name))).toBe("ENOENT");
  },
);
