import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readPrivateKey, readPublicKey } from "../../agents/base/guest-key.ts";
import { keepGuestKey, rotateGuestKey } from "./guest-key.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "minilab-guest-key-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

test("the key for guests is made once, for its owner alone, until it is rotated (R40)", () => {
  const file = join(directory, "run/guest_key");
  expect([readPrivateKey(file), readPublicKey(file)]).toEqual([undefined, undefined]);
  const made = keepGuestKey(file);
  expect(made).toMatch(/^ssh-ed25519 \S+ ai-minilab-guests$/);
  expect(keepGuestKey(file)).toBe(made);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const rotated = rotateGuestKey(file);
  expect(rotated).not.toBe(made);
  expect([keepGuestKey(file), readPublicKey(file)]).toEqual([rotated, rotated]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  rmSync(`${file}.pub`); // cut off between the halves
  expect(keepGuestKey(file)).not.toBe(rotated);
  expect(readFileSync(file, "utf8")).toBe(readPrivateKey(file));
});
