import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { IDENTITIES } from "../agents/bus/acl.ts";
import { aclPath, makeIdentities, passwordFile } from "./bus-identities.ts";
import { PROJECT_DIR } from "./project.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "bus identities "));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const passwords = () => IDENTITIES.map((identity) => readFileSync(passwordFile(directory, identity), "utf8"));

test("each identity has a password of its own, that only its owner can read, and that is kept (F16)", () => {
  makeIdentities(directory, "strict");
  const first = passwords();
  expect(new Set(first).size).toBe(IDENTITIES.length);
  for (const identity of IDENTITIES)
    expect(statSync(passwordFile(directory, identity)).mode & 0o777).toBe(0o400);
  makeIdentities(directory, "strict");
  expect(passwords()).toEqual(first);
  const acl = readFileSync(aclPath(directory), "utf8");
  for (const password of first) {
    expect(acl).toContain(`#${createHash("sha256").update(password).digest("hex")}`);
    expect(acl).not.toContain(password);
  }
});

test("nobody is the default user, unless programs of the original take part", () => {
  makeIdentities(directory, "strict");
  expect(readFileSync(aclPath(directory), "utf8")).toMatch(/^user default off resetpass -@all$/m);
  makeIdentities(directory, "compat");
  expect(readFileSync(aclPath(directory), "utf8")).toMatch(/^user default on #[0-9a-f]{64} /m);
});

test("as a program it gives the passwords to the owner that it is told", () => {
  const program = join(PROJECT_DIR, "launcher/bus-identities.ts");
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [program, ...args], { env: {}, encoding: "utf8" });
  const [uid, gid] = process.getuid?.() === 0 ? [1234, 1235] : [process.getuid?.(), process.getgid?.()];
  expect(run(directory, `${uid}:${gid}`)).toMatchObject({ status: 0, stderr: "" });
  expect(statSync(passwordFile(directory, "console"))).toMatchObject({ uid, gid });
  expect(run(directory, "root")).toMatchObject({ status: 1, stderr: expect.stringContaining("UID:GID") });
  expect(run()).toMatchObject({ status: 1, stderr: expect.stringContaining("usage:") });
});
