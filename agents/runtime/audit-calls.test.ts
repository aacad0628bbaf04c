import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AuditFile, auditPath } from "../bus/audit-file.ts";
import { parseAuditLine } from "../protocol/audit.ts";
import { createLogger } from "../redact/log.ts";
import { createRedactor } from "../redact/redact.ts";
import { act, TestTeam, toolDoing } from "../testing/test-team.ts";
import { auditCalls } from "./audit-calls.ts";

let folder: string;
let team: TestTeam;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "minilab-audit-"));
  team = new TestTeam();
});
afterEach(async () => {
  await team.stop();
  rmSync(folder, { recursive: true });
});

/** Who begins a call after `run`, with the audit in `place`; resolves when its turn has ended. */
async function turnWith(place: string, run: () => void): Promise<void> {
  const log = createLogger({ name: "test", level: "silent", redactor: createRedactor([]) });
  const agent = await team.start({
    role: "DevOps_Builder",
    tools: [
      toolDoing(async () => {
        run();
        return {};
      }),
    ],
    listeners: [auditCalls(new AuditFile(place, "DevOps_Builder"), log)],
    answer: (_, index) => (index === 0 ? act(1) : { text: "done" }),
  });
  const ended = agent.next((event) => event.kind === "turn_ended");
  await team.say("User", ["DevOps_Builder"], "act");
  await ended;
}

test("what a call is to change is written down before it begins, and its outcome after it", async () => {
  const entries = () =>
    readFileSync(auditPath(folder, "DevOps_Builder"), "utf8").trim().split("\n").map(parseAuditLine);
  let before: unknown[] = [];
  await turnWith(folder, () => {
    before = entries();
  });
  expect(before).toMatchObject([{ kind: "intent", about: { tool: "act", target: "thing", args: { n: 1 } } }]);
  expect(entries().at(-1)).toMatchObject({
    kind: "outcome",
    about: { outcome: "ok", call: expect.any(String) },
  });
});

test("what cannot be written down is not begun", async () => {
  const place = join(folder, "no-folder");
  writeFileSync(place, "");
  let times = 0;
  await turnWith(place, () => times++);
  expect(times).toBe(0);
});
