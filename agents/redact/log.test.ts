import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const LOG = join(import.meta.dirname, "log.ts");
const REDACT = join(import.meta.dirname, "redact.ts");

/** What a process with this log writes to standard error. */
function logged(message: string): string {
  const program = `
    import { createLogger } from ${JSON.stringify(LOG)};
    import { createRedactor } from ${JSON.stringify(REDACT)};
    const log = createLogger({ name: "x", level: "info", redactor: createRedactor(["hunter2hunter2"]) });
    log.info({ err: new Error(${JSON.stringify(message)}) }, ${JSON.stringify(message)});`;
  return execFileSync("sh", ["-c", `exec "$0" --input-type=module -e "$1" 2>&1`, process.execPath, program], {
    encoding: "utf8",
  });
}

test("a line of the log is one line of JSON, without secrets and without a character that acts (F18, F59)", () => {
  const line = logged("hunter2hunter2 \u009b31m\u009d0;t\u009c \u202e\u{e0041}\r\b\x1b[2J\u2028 ok");
  expect(line).toMatch(/^[ -~]+\n$/);
  expect(JSON.parse(line).msg).toBe(
    "[redacted] \u009b31m\u009d0;t\u009c \u202e\u{e0041}\r\b\x1b[2J\u2028 ok",
  );
});
