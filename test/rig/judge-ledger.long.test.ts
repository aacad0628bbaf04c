import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROLES, type Role } from "../../agents/protocol/roles.ts";
import { NO_TOKENS, type Spending } from "../../agents/protocol/spending.ts";
import { ours } from "../../agents/redact/redacted.ts";
import { loadScenario } from "../../lab/model/scenario.ts";
import type { Child, ChildEnd } from "../../launcher/team/child.ts";
import { PROJECT_DIR } from "../../launcher/team/project.ts";
import { follow } from "./follow.ts";
import { judgeLedger } from "./judge-ledger.ts";
import { setEmptyStage } from "./stage.ts";
import { readSpending } from "./team-record.ts";

const spent = (more: Partial<Spending> = {}): Spending => ({
  ...{ role: "QA_Tester", messageId: "1", model: ours("m"), server: ours("h"), steps: 1, estimated: 0 },
  ...{ ...NO_TOKENS, prompt: 10, completion: 2 },
  ...more,
});

test("a token more or less than the server's account is a difference, and so is an estimate", () => {
  const billed = { QA_Tester: { ...NO_TOKENS, prompt: 20, completion: 4 } };
  expect(judgeLedger([spent(), spent({ messageId: "2" })], billed)).toEqual([]);
  expect(judgeLedger([spent()], billed)).toHaveLength(2);
  expect(judgeLedger([spent(), spent({ prompt: 11 })], billed)).toEqual([
    "QA_Tester: its ledger has 21 prompt tokens, the server 20",
  ]);
  expect(judgeLedger([spent(), spent({ estimated: 1 })], billed).join()).toContain("estimates");
  expect(judgeLedger([], billed)).toHaveLength(2);
});

/** Above what one call may cost: a prompt, half as much again, and the longest reply. */
const CALL_TOKENS = { least: 16_384, most: 60_000 };

test("after a rehearsal in which every agent is killed once, and paused by a budget, the ledgers are the server's account, to the token (R53)", {
  timeout: 240_000,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), "minilab-ledger-"));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  const scenario = loadScenario(join(PROJECT_DIR, "lab/scenarios/rehearsal.yaml"));
  const signal = AbortSignal.timeout(220_000);
  const agents = new Map<Role, Child>();
  const asked = new Map<Role, number>();
  const killed: Role[] = [];
  /** At its second question an agent dies and another takes its place; the question itself is never answered. */
  const beforeAnswer = async (_: unknown, role: Role) => {
    asked.set(role, (asked.get(role) ?? 0) + 1);
    if (asked.get(role) !== 2) return;
    const child = agents.get(role);
    if (child?.pid) process.kill(child.pid, "SIGKILL");
    await child?.ended;
    killed.push(role);
    agents.set(role, stage.startAgent(role));
    throw new Error("nobody is there to answer");
  };
  const stage = await setEmptyStage(
    { directory, scenario, beforeAnswer, signal, settings: { BUDGET_SESSION_TOKENS: "40000" } },
    stack,
  );
  const questions: Promise<void>[] = [];
  stack.defer(
    stage.bus.watch((event) => {
      if (event.kind === "notice" && event.content.includes("/budget raise"))
        questions.push(stage.bus.budgets.raise({ tokens: 40_000, dollars: 0 }, { signal }));
    }),
  );
  for (const role of ROLES) agents.set(role, stage.startAgent(role));
  const agentEnded = new Promise<{ role: Role } & ChildEnd>(() => {}); // they do, and are started again
  const ending = await follow({ ...stage, agentEnded }, scenario.request, { signal, tell: () => {} });
  expect(ending).toEqual({ kind: "done" });
  expect(killed.toSorted()).toEqual([...ROLES].toSorted());
  const spending = await readSpending(stage.store);
  expect(spending).toHaveLength(7);
  const billed = stage.model.billed();
  expect(judgeLedger(spending, billed)).toEqual([]);
  await Promise.all(questions);
  expect(questions.length).toBeGreaterThan(1);
  const { admissions } = await stage.bus.budgets.read({ signal });
  for (const role of ROLES) {
    const { open = [], session } = admissions[role] ?? {};
    expect(open).toEqual([]);
    const { prompt, completion } = billed[role] ?? NO_TOKENS;
    const lost = (session?.tokens ?? 0) - prompt - completion; // of the call in which it was killed: it may have been paid
    expect(lost).toBeGreaterThan(CALL_TOKENS.least);
    expect(lost).toBeLessThan(CALL_TOKENS.most);
  }
});
