import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  linkMachineFile,
  listMachineFolder,
  readMachineFile,
  removeMachineFile,
  writeMachineFile,
} from "./machine-files.ts";

let outside: string;
let root: string;
beforeEach(() => {
  outside = mkdtempSync(join(tmpdir(), "machine-files-"));
  root = join(outside, "root");
  mkdirSync(join(root, "etc"), { recursive: true });
  writeFileSync(join(outside, "secret"), "of the host");
});
afterEach(() => rmSync(outside, { recursive: true }));

it("reads, writes, lists and removes files of the machine, with the folders above them", () => {
  expect(writeMachineFile(root, "/var/spool/cron/root", { text: "one", mode: 0o600 })).toBe(true);
  expect(writeMachineFile(root, "/var/spool/cron/root", { text: "two", mode: 0o600 })).toBe(true);
  expect(readMachineFile(root, "/var/spool/cron/root")).toBe("two");
  expect(lstatSync(join(root, "var/spool/cron/root")).mode & 0o777).toBe(0o600);
  expect(linkMachineFile(root, "/etc/a", "/nowhere")).toBe(true);
  expect(listMachineFolder(root, "/etc")).toEqual(["a"]);
  expect(removeMachineFile(root, "/etc/a")).toBe(true);
  expect(removeMachineFile(root, "/etc/a")).toBe(false);
});

it("never follows a link out of the machine, neither at the end of a path nor before", () => {
  symlinkSync(join(outside, "secret"), join(root, "etc/hostname"));
  symlinkSync(outside, join(root, "var"));
  expect(readMachineFile(root, "/etc/hostname")).toBeUndefined();
  expect(readMachineFile(root, "/var/secret")).toBeUndefined();
  expect(listMachineFolder(root, "/var")).toEqual([]);
  expect(writeMachineFile(root, "/var/secret", { text: "changed" })).toBe(false);
  expect(linkMachineFile(root, "/var/deeper/link", "/x")).toBe(false);
  expect(removeMachineFile(root, "/var/secret")).toBe(false);
  expect(writeMachineFile(root, "/etc/hostname", { text: "own" })).toBe(true);
  expect(readFileSync(join(outside, "secret"), "utf8")).toBe("of the host");
  expect(existsSync(join(outside, "deeper"))).toBe(false);
  symlinkSync("/x", join(root, "etc/l"));
  expect(readlinkSync(join(root, "etc/l"))).toBe("/x");
});
