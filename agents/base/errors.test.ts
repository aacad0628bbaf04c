import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { describeError } from "./errors.ts";

describe("describeError", () => {
  const failed = (script: string) =>
    promisify(execFile)("sh", ["-c", script, "x".repeat(5_000)]).catch((error) => error);

  it("says of a failed command what it said, not how it was called", async () => {
    expect(describeError(await failed("echo 'no such disk' >&2; exit 3"))).toBe("no such disk");
  });

  it("says of a silent one how it ended", async () => {
    expect(describeError(await failed("exit 3"))).toBe("exit code 3");
    expect(describeError(await failed("kill -9 $$"))).toBe("ended by SIGKILL");
  });

  it("says of a missing program that it is missing", async () => {
    const error = await promisify(execFile)("minilab-no-such-program").catch((cause) => cause);
    expect(describeError(error)).toBe("spawn minilab-no-such-program ENOENT");
  });
});
