import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { namedFiles } from "./named-files.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lab-named-"));
  mkdirSync(join(directory, "root/srv"), { recursive: true });
  writeFileSync(join(directory, "root/srv/keys"), "ssh-ed25519 AAAA\n");
  writeFileSync(join(directory, "outside"), "secret\n");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it("are told by their size, small ones by their text, in any argument", () => {
  writeFileSync(join(directory, "root/srv/disk.raw"), "");
  truncateSync(join(directory, "root/srv/disk.raw"), 1024 ** 3);
  expect(namedFiles(directory, ["qm", "x", "/srv/disk.raw", "--sshkeys=/srv/keys"])).toEqual({
    "/srv/disk.raw": { size: 1024 ** 3 },
    "/srv/keys": { size: 17, text: "ssh-ed25519 AAAA\n" },
  });
});

it("are found by a link as the machine itself follows it", () => {
  mkdirSync(join(directory, "pve/priv"), { recursive: true });
  writeFileSync(join(directory, "pve/priv/authorized_keys"), "ssh-ed25519 BBBB\n");
  symlinkSync("/etc/pve/priv/authorized_keys", join(directory, "root/srv/of-all"));
  symlinkSync("of-all", join(directory, "root/srv/own"));
  symlinkSync("round", join(directory, "root/srv/round"));
  expect(namedFiles(directory, ["/srv/own", "/srv/round"])).toEqual({
    "/srv/own": { size: 17, text: "ssh-ed25519 BBBB\n" },
  });
});

it("are never files of this machine, by whatever way the path leads there", () => {
  symlinkSync("/", join(directory, "root/all"));
  symlinkSync(join(directory, "outside"), join(directory, "root/link"));
  const paths = ["/link", `/all${directory}/outside`, "/../outside", "/srv/../../outside", "/srv", "/none"];
  expect(namedFiles(directory, paths)).toEqual({});
});
