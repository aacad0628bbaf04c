/** The scripted model itself: conversation in, reply out. It keeps nothing, so a resumed turn gets the same answer. */
import { randomUUID } from "node:crypto";
import type { Reply } from "./completion.ts";
import type { Conversation } from "./conversation.ts";
import type { Rule, Scenario } from "./scenario.ts";

/** `gap`: the scenario does not say what to answer; the reason names what was asked. */
export type Answer = { kind: "reply"; reply: Reply; rule: Rule } | { kind: "gap"; reason: string };

/** The first rule whose conditions all hold. */
export function answer(scenario: Scenario, conversation: Conversation): Answer {
  const rule = scenario.rules.find((one) => holds(one, conversation));
  if (!rule)
    return { kind: "gap", reason: `no rule of scenario "${scenario.name}" for ${describe(conversation)}` };
  const known = knownValues(scenario, rule, conversation);
  const missing = new Set<string>();
  const fill = (text = "") =>
    text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
      const value = known.get(name);
      if (value === undefined) missing.add(name);
      return value ?? "";
    });
  const reply = { say: fill(rule.say), think: fill(rule.think), calls: fillCalls(rule, fill) };
  if (missing.size === 0) return { kind: "reply", reply, rule };
  return {
    kind: "gap",
    reason: `nothing said tells ${[...missing].join(", ")} for ${describe(conversation)}`,
  };
}

function holds({ role, when }: Rule, conversation: Conversation): boolean {
  return (
    role === conversation.role &&
    (when.from ?? conversation.heard.from) === conversation.heard.from &&
    (when.step ?? conversation.step) === conversation.step &&
    (when.heard ?? []).every((pattern) => pattern.test(conversation.heard.text)) &&
    (when.last ?? []).every((pattern) => pattern.test(conversation.last))
  );
}

/** Named groups: the rule's own first, then the scenario's, the newest message that has it. */
function knownValues(scenario: Scenario, { when }: Rule, conversation: Conversation): Map<string, string> {
  const searches: [RegExp[], string[]][] = [
    [scenario.find, conversation.texts],
    [when.heard ?? [], [conversation.heard.text]],
    [when.last ?? [], [conversation.last]],
  ];
  const known = new Map([["request", scenario.request]]);
  for (const [patterns, texts] of searches) {
    for (const pattern of patterns) {
      const groups = texts.map((text) => pattern.exec(text)?.groups).find((found) => found !== undefined);
      for (const [name, value] of Object.entries(groups ?? {})) known.set(name, value ?? "");
    }
  }
  return known;
}

function fillCalls(rule: Rule, fill: (text: string) => string): Reply["calls"] {
  return (rule.call ?? []).map((call) => ({
    id: `call_${randomUUID()}`,
    name: call.tool,
    arguments: JSON.stringify(fillValue(call.arguments, fill)),
  }));
}

function fillValue(value: unknown, fill: (text: string) => string): unknown {
  if (typeof value === "string") return fill(value);
  if (Array.isArray(value)) return value.map((item) => fillValue(item, fill));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillValue(item, fill)]));
}

function describe({ role, step, heard, last }: Conversation): string {
  return `${role}, step ${step}, heard from ${heard.from}: ${excerpt(heard.text)}, last: ${excerpt(last)}`;
}

function excerpt(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}...` : text);
}
