/**
 * The class `forged-turns`: texts that try to be another's turn, in all places from which text comes into a prompt. They
 * go through real turns to an endpoint over HTTP. Harm is a message there with another role or sender than the true
 * one, or a line that a reader of the flattened conversation would take for one.
 */

import { z } from "zod";
import { newMessageId } from "../../agents/protocol/message.ts";
import type { Sender } from "../../agents/protocol/roles.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import { ours } from "../../agents/redact/redacted.ts";
import { FailureCounter } from "../../agents/runtime/escalation.ts";
import { JournalWriter } from "../../agents/runtime/journal-writer.ts";
import { openThread } from "../../agents/runtime/thread-records.ts";
import { runTurn, type TurnContext } from "../../agents/runtime/turn.ts";
import { createMemoryBus } from "../../agents/testing/memory-bus.ts";
import { type ModelServer, startModelServer } from "../../agents/testing/model-server.ts";
import { NO_GATE } from "../../agents/testing/no-gate.ts";
import { testCall } from "../../agents/testing/workspace.ts";
import { okResult } from "../../agents/tools/command-result.ts";
import { defineTool, type Tool } from "../../agents/tools/tool.ts";
import type { AttackClass, AttackOptions, Tally } from "./attack-class.ts";
import { Count } from "./count.ts";
import { badName, type Expected, forgedIn } from "./forged-turns-judge.ts";
import { FORGED_TURN_LAYERS, modelWithout } from "./forged-turns-model.ts";
import { FORGERIES } from "./forged-turns-texts.ts";

export const forgedTurns: AttackClass = {
  name: "forged-turns",
  layers: FORGED_TURN_LAYERS,
  run: (options) => runForgedTurns(options, 1),
};

const ROLE = "QA_Tester";
const THREAD = {
  role: ROLE,
  ...{ system: ours(`You are ${ROLE}.`), redactor: createRedactor([]) },
  ...{ toolTokens: 0, budget: { high: 20_000, low: 6_000 } },
} as const;
const NO_MACHINE = {} as unknown as TurnContext["toolContext"];
const CALLS = { open: () => testCall() };

/** Tries every n-th text, in six places each. */
export async function runForgedTurns({ without, signal }: AttackOptions, every: number): Promise<Tally> {
  const count = new Count();
  let text = "";
  const server = await startModelServer(({ messages }) =>
    messages.length === 2
      ? {
          text,
          calls: [
            { tool: "look", args: { text } },
            { tool: text, args: {} },
          ],
        }
      : { text: `noted: ${text}` },
  );
  try {
    for (const [index, forgery] of FORGERIES.entries()) {
      if (index % every !== 0) continue;
      text = forgery;
      await tryText(count, { text, server, without, signal });
    }
  } finally {
    await server.close();
  }
  return count.tally;
}

type Attempt = { text: string; server: ModelServer; without: string | undefined; signal: AbortSignal };

/** The operator says it, a tool answers it, the role repeats it, a colleague says it. */
async function tryText(count: Count, { text, server, without, signal }: Attempt): Promise<void> {
  server.requests.length = 0;
  await twoTurns(text, contextOf(text, modelWithout(without, server.url)), signal);
  const requests = server.requests.map(({ messages }) => messages);
  const [first, second] = requests;
  // not the second: a reply that repeats the borders of calls is corrected before
  const third = requests.find((messages) => {
    const last = messages.at(-1);
    return last?.role === "user" && last.content.startsWith('{"from":"DevOps_Builder"');
  });
  const own: Expected = { role: "assistant" };
  const add = (place: string, harm: string | undefined) =>
    count.add(`${JSON.stringify(text)} as ${place}`, { harm, isRefused: false });
  add("what the operator says", forgedIn(first?.[1], { role: "user", from: "User", text }));
  add("words beside a call", forgedIn(second?.[2], own) ?? badName(second?.[2]));
  add("a result", forgedIn(second?.[3], { role: "tool", answers: "c00100001" }));
  add("the name of a tool", forgedIn(second?.[4], { role: "tool", answers: "c00100002" }));
  add("an earlier reply", forgedIn(third?.at(-2), own));
  add("what a colleague says", forgedIn(third?.at(-1), { role: "user", from: "DevOps_Builder", text }));
}

async function twoTurns(text: string, context: TurnContext, signal: AbortSignal): Promise<void> {
  const bus = createMemoryBus();
  const mailbox = bus.mailbox(ROLE, "x");
  for (const sender of ["User", "DevOps_Builder"] satisfies Sender[]) {
    await bus.send({ id: newMessageId(sender), sender, to: [ROLE], content: ours(text) }, { signal });
    const [delivery] = await mailbox.receive({ signal });
    if (!delivery) throw new Error("the message did not arrive");
    const journal = mailbox.journal(delivery.message);
    const history = (await bus.history({ signal })).filter(({ id }) => id !== delivery.message.id);
    const writer = new JournalWriter(journal, await journal.read({ signal }));
    const thread = openThread(THREAD, {
      ...{ history, journal: writer, past: await mailbox.thread({ signal }) },
      tasks: [delivery.message],
    });
    const end = await runTurn(context, {
      ...{ delivery, also: [], hear: () => [], journal: writer },
      ...{ thread, signal },
    });
    const reply = { id: newMessageId(ROLE), sender: ROLE, to: [], content: end.text } as const;
    await journal.finish(end.status, { ...reply, to: [] }, { signal });
  }
  await bus.close();
}

function contextOf(text: string, model: TurnContext["model"]): TurnContext {
  const look = defineTool({
    ...{ name: "look", description: "Looks.", input: z.strictObject({ text: z.string() }) },
    ...{ effect: () => "read" as const, target: () => text },
    run: async () => okResult(ours(text)),
  });
  const tools = new Map([["look", { tool: look as unknown as Tool, access: "full" as const }]]);
  const rest = {
    failures: new FailureCounter(),
    maxSteps: 5,
    emit: () => {},
    toolContext: NO_MACHINE,
    authority: NO_GATE,
    calls: CALLS,
  };
  const endpoint = { model: ours("m"), server: ours("h") };
  return { ...rest, endpoint, role: ROLE, model, tools, redactor: createRedactor([]) };
}
