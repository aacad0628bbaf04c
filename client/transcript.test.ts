import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { redacted } from "../agents/redact/redacted.ts";
import { consoleEntry } from "./entry.ts";
import { Transcript } from "./transcript.ts";

test("only the operator can read the conversation's logs (F59)", async () => {
  const directory = mkdtempSync(join(tmpdir(), "transcript-"));
  try {
    const transcript = new Transcript(join(directory, "logs"), new Date());
    transcript.record(consoleEntry(redacted`hello`));
    await transcript.close();
    const files = readdirSync(join(directory, "logs"));
    expect(files).toHaveLength(2);
    for (const file of files) expect(statSync(join(directory, "logs", file)).mode & 0o777).toBe(0o600);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
