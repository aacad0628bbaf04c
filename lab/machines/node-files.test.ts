import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeSystem } from "./node-files.ts";

const NODE = { name: "pve1", address: "192.168.10.201", password: "x", neighbours: [] };
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lab-files-"));
  makeSystem(root, NODE);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const text = (path: string) => readFileSync(join(root, path), "utf8");

it("has the files that guides edit on a new node", () => {
  expect(text("etc/issue")).toContain("https://192.168.10.201:8006/");
  expect(text("etc/default/grub")).toContain('GRUB_CMDLINE_LINUX_DEFAULT="quiet"');
  expect(text("etc/systemd/journald.conf")).toContain("#Storage=auto");
  expect(text("etc/vzdump.conf")).toContain("#storage: STORAGE_ID");
  expect(text("etc/network/interfaces")).toMatch(/\nsource \/etc\/network\/interfaces\.d\/\*\n$/);
  expect(text("etc/subuid")).toBe("root:100000:65536\n");
  expect(text("etc/group")).toMatch(/^sudo:x:27:/m);
});

it("has daily jobs that can be run", () => {
  expect(statSync(join(root, "etc/cron.daily/dpkg")).mode & 0o777).toBe(0o755);
  expect(statSync(join(root, "etc/issue")).mode & 0o111).toBe(0);
});

it("leaves what the node has changed alone", () => {
  writeFileSync(join(root, "etc/motd"), "mine\n");
  makeSystem(root, NODE);
  expect(text("etc/motd")).toBe("mine\n");
});
