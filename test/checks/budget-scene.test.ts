import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROLES } from "../../agents/protocol/roles.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import { ours } from "../../agents/redact/redacted.ts";
import { ActivityReporter } from "../../agents/runtime/activity.ts";
import { signal, TestTeam } from "../../agents/testing/test-team.ts";
import { OperatorConsole } from "../../client/operator-console.ts";
import { Transcript } from "../../client/transcript.ts";

/** A team of four real agents with a console, and what the console shows. */
async function scene(stack: AsyncDisposableStack) {
  const directory = await mkdtemp(join(tmpdir(), "minilab-scene-"));
  stack.defer(() => rm(directory, { recursive: true }));
  const transcript = new Transcript(directory, new Date());
  stack.defer(() => transcript.close());
  const team = new TestTeam();
  stack.defer(() => team.stop());
  const shown: string[] = [];
  const listeners = new Set<() => void>();
  const operator = new OperatorConsole({
    ...{ bus: team.bus, transcript, signal, outputsFolder: directory, onExit: () => {} },
    ...{
      about: ours(""),
      notice: ours(""),
      leaving: "leaves it at work",
      dials: { changes: "infrastructure", approval: "high-risk" },
      holdMs: 60_000,
      redact: createRedactor([]),
    },
    limits: { session: { tokens: 500 }, day: {} },
    view: {
      show: ({ text }) => {
        shown.push(text);
        for (const listener of listeners) listener();
      },
      refresh: () => {},
      close: () => {},
    },
  });
  await operator.conversation.start();
  const until = (isSo: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!isSo()) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
    });
  return { team, operator, shown, until };
}

test("four roles that wait ask one question, and one answer sets all of them going (R53)", async () => {
  await using stack = new AsyncDisposableStack();
  const { team, operator, shown, until } = await scene(stack);
  const waiting = ROLES.map(async (role) => {
    const activity = new ActivityReporter({ bus: team.bus, role, queued: () => 0 });
    stack.defer(() => activity.close());
    const agent = await team.start({
      ...{ role, settings: { BUDGET_SESSION_TOKENS: "500" }, listeners: [activity.listener] },
      answer: () => ({ text: `${role} is done` }),
    });
    return { agent, waits: agent.next(({ kind }) => kind === "budget_waiting") };
  });
  const roles = await Promise.all(waiting);
  await team.say("User", [...ROLES], "work, all of you");
  await Promise.all(roles.map(({ waits }) => waits));
  const questions = () => shown.filter((text) => text.includes("STOP ends it"));
  expect(questions()).toHaveLength(1);
  expect(questions()[0]).toMatch(
    /this session does not suffice: 500 tokens, 0 tokens spent, .* cost up to 1,\d+ tokens/,
  );
  expect(operator.statusLine(Date.now())).toMatch(
    /QA_Tester awaits you \(budget 0 of 500 tokens: \/budget\)/,
  );
  operator.enter("/status");
  await until(() =>
    shown.some((text) => text.includes(`awaits your answer (/pending, /budget): ${ROLES[0]}`)),
  );
  operator.enter("/budget");
  await until(() => shown.some((text) => text.includes(`waiting  ${ROLES.join(", ")}`)));
  const ended = roles.map(({ agent }) => agent.next(({ kind }) => kind === "turn_ended"));
  operator.enter("/budget raise 20k");
  expect(await Promise.all(ended)).toMatchObject(ROLES.map(() => ({ status: "completed" })));
  expect(roles.map(({ agent }) => agent.requests.length)).toEqual([1, 1, 1, 1]);
  expect(questions()).toHaveLength(1);
});
