import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRedactor } from "./redact.ts";

/** What programs printed that hold no secret: sshd -T, ssh -Q, dpkg -l, pveversion -v, keys, certificates, runs. */
const DIRECTORY = join(import.meta.dirname, "../testing/ordinary-output");

const redactor = createRedactor(["a-password-of-the-team-4711"]);

describe("names and numbers that are no secrets", () => {
  it.each(readdirSync(DIRECTORY))("stay as they are in %s (R06)", (file) => {
    const text = readFileSync(join(DIRECTORY, file), "utf8");
    expect(text.length).toBeGreaterThan(500);
    const alarms = redactor.find(text).map(({ start, end }) => text.slice(start - 20, end + 20));
    expect(alarms).toEqual([]);
    const json = JSON.stringify({ stdout: text });
    expect(redactor.find(json).map(({ start, end }) => json.slice(start - 20, end + 20))).toEqual([]);
  });

  it.each([
    "sk-or-v1-0123456789abcdef0123456789abcdef",
    "sk-a1B2-c3D4-e5F6-g7H8-i9J0",
    "gsk_0123456789abcdefghij",
  ])("are not confused with a token such as %s (R06)", (token) => {
    expect(redactor(`key: ${token}, sk-ssh-ed25519-cert-v01@openssh.com`)).toBe(
      "key: [redacted], sk-ssh-ed25519-cert-v01@openssh.com",
    );
  });
});
