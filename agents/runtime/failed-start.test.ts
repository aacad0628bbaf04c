import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRedactor } from "../redact/redact.ts";
import { nextEvent } from "../testing/bus-contract.ts";
import { createMemoryBus } from "../testing/memory-bus.ts";
import { tellFailedStart } from "./failed-start.ts";

function failureOf(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

async function told(error: unknown): Promise<unknown> {
  const bus = createMemoryBus();
  const notice = nextEvent(bus, (event) => event.kind === "notice");
  await tellFailedStart({ bus, role: "QA_Tester", redactor: createRedactor(["hunter2-secret"]) }, error);
  return await notice;
}

test("why it cannot start is told to the operator, without secrets (O10)", async () => {
  const folder = mkdtempSync(join(tmpdir(), "minilab-start-"));
  writeFileSync(join(folder, "docs"), "no folder");
  const error = failureOf(() => mkdirSync(join(folder, "docs/hunter2-secret")));
  rmSync(folder, { recursive: true });
  const notice = (await told(error)) as { source: string; content: string };
  expect(notice.source).toBe("QA_Tester");
  expect(notice.content).toMatch(/^I cannot start, and try again: ENOTDIR: /);
  expect(notice.content).not.toMatch(/hunter2|MINILAB_UID/);
});

test("a checkout of another user is told with its remedy (O10)", async () => {
  const error = Object.assign(new Error("EACCES: permission denied, mkdir '/app/docs/tool_output'"), {
    code: "EACCES",
  });
  expect((await told(error)) as object).toMatchObject({
    content: expect.stringMatching(/permission denied.*MINILAB_UID and MINILAB_GID in \.env/),
  });
});
