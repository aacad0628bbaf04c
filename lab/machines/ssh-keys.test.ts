import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fingerprintOf, keepKeyPair } from "./ssh-keys.ts";

test.each(["ed25519", "ecdsa"] as const)(
  "a key of the kind %s is made once and named as OpenSSH names it",
  (kind) => {
    const directory = mkdtempSync(join(tmpdir(), "ssh-keys-"));
    const file = join(directory, "key");
    const made = keepKeyPair(file, "root@pve1", kind);
    expect(keepKeyPair(file, "other", kind)).toEqual(made);
    const [, fingerprint] = execFileSync("ssh-keygen", ["-l", "-f", file], { encoding: "utf8" }).split(" ");
    rmSync(directory, { recursive: true });
    expect(fingerprintOf(made.publicKey)).toBe(fingerprint);
  },
);

test("a line that holds no key has no fingerprint", () => {
  for (const line of ["", "ssh-ed25519", "ssh-ed25519 AAAA", "# comment"])
    expect(() => fingerprintOf(line)).toThrow("not a public key");
});
