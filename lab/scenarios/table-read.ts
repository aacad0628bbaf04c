/** A table read, for tests of scenarios: every part is spoken, no tool runs, what the tools answer is given. */
import { resolveRecipients } from "../../agents/protocol/addressing.ts";
import { OPERATOR, type Role, type Sender } from "../../agents/protocol/roles.ts";
import { answer } from "../model/answer.ts";
import { chatRequest, readConversation } from "../model/conversation.ts";
import type { Scenario } from "../model/scenario.ts";

export type ToolCall = { role: Role; tool: string; args: Record<string, unknown> };
export type Said = { from: Sender; to: Role[]; text: string };
/** What a tool answers, in the form in which agents show results to a model. */
export type World = (call: ToolCall) => string;

/** Every message is answered by whom it addresses, until nobody is addressed. Throws on a gap in the scenario. */
export function readThrough(
  scenario: Scenario,
  world: World,
  request = scenario.request,
): { said: Said[]; calls: ToolCall[] } {
  const said: Said[] = [{ from: OPERATOR, to: resolveRecipients(OPERATOR, request).to, text: request }];
  const calls: ToolCall[] = [];
  const recording: World = (call) => {
    calls.push(call);
    return world(call);
  };
  for (let index = 0; index < said.length; index++) {
    for (const role of said[index]?.to ?? []) {
      const text = takeTurn({ scenario, role, history: said.slice(0, index + 1), world: recording });
      said.push({ from: role, to: resolveRecipients(role, text).to, text });
    }
  }
  return { said, calls };
}

type Turn = { scenario: Scenario; role: Role; history: Said[]; world: World };

function takeTurn({ scenario, role, history, world }: Turn): string {
  const messages: object[] = [
    { role: "system", content: `You are ${role}, and more.` },
    ...history.map((said) => toMessage(role, said)),
  ];
  for (let step = 1; step <= 100; step++) {
    const conversation = readConversation(chatRequest.parse({ model: "scripted", messages }));
    if (!conversation) throw new Error(`${role} was asked nothing`);
    const found = answer(scenario, conversation);
    if (found.kind === "gap") throw new Error(found.reason);
    if (found.reply.calls.length === 0) return found.reply.say;
    messages.push({ role: "assistant", content: null, tool_calls: found.reply.calls });
    for (const { name, arguments: args } of found.reply.calls) {
      messages.push({ role: "tool", content: world({ role, tool: name, args: JSON.parse(args) }) });
    }
  }
  throw new Error(`a turn of ${role} does not end`);
}

function toMessage(role: Role, { from, to, text }: Said): object {
  if (from === role) return { role: "assistant", content: text };
  return { role: "user", content: JSON.stringify({ from, to, time: "2026-01-01T00:00:00Z", text }) };
}
