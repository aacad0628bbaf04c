import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { IDENTITIES } from "../../agents/bus/acl.ts";
import { aclPath, makeIdentities, passwordFile } from "./bus-identities.ts";

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

test("nobody can be the default user, unless programs of the original take part", () => {
  makeIdentities(directory, "strict");
  expect(readFileSync(aclPath(directory), "utf8")).toMatch(/^user default off resetpass ~\* &\* \+@all$/m);
  makeIdentities(directory, "compat");
  expect(readFileSync(aclPath(directory), "utf8")).toMatch(/^user default on #[0-9a-f]{64} /m);
});
