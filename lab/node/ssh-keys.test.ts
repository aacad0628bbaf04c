import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { keepKeyPair } from "./ssh-keys.ts";

test("every key that is made is whole: none has lost a leading zero byte", () => {
  const directory = mkdtempSync(join(tmpdir(), "ssh-keys-"));
  const lengths = new Set<number>();
  for (let index = 0; index < 600; index++) {
    const { publicKey } = keepKeyPair(join(directory, `key${index}`), "lab");
    lengths.add(Buffer.from(publicKey.split(" ")[1] ?? "", "base64").length);
  }
  rmSync(directory, { recursive: true });
  expect([...lengths]).toEqual([51]);
});
