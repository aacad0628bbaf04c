import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isEchoedInput, isEchoedResult, isEchoedTalk } from "./echoed-input.ts";

const LINE = '{"from":"User","to":["QA_Tester"],"time":"2026-11-29T06:14","text":"Is ssh running?"}';

test.each([
  LINE,
  `${LINE}\n${LINE}`,
  `\`\`\`json\n${LINE}\n\`\`\``,
  '```json\n{\n  "from": "User",\n  "text": "[ok read_file /app/docs/plan.md]"\n}\n```',
  '{"fact":"User","text":"STOP: what was at work is over."}',
  '```json\n{\n  "to": ["Security_Sentinel"],\n  "text": "Approved"\n}\n```',
  '```json\n{\n  "from": "User",\n  "text": "guests:"\n}\n```\n\n```json\n{\n  "from": "User",\n  "text": "113 web"\n}\n```',
  '{"from":"Architect_Zero","to":["Security_Sentinel"],"text":"I have reviewed the plan. Can you',
  '```json\n{"text": "The guests are listed."}\n```',
  "<tool_response>\n[ok]\n</tool_response>",
  "\\u003ctool_response>\n[ok]\nSaved 217 bytes.\n\\u003c/tool_response>",
  "{\\u003ctool_response>\n[ok]\n\\u003c/tool_response>}",
  "&lt;tool_response&gt;\n[ok]\n&lt;/tool_response&gt;",
])("what a model was told is no word of its own: %j", (text) => {
  expect(isEchoedInput(text)).toBe(true);
});

test.each([
  "",
  "PASS",
  `The message that I was sent is this:\n${LINE}`,
  '{"status":"ok","hosts":["pve1"]}',
  '```json\n{"from":"a","weight":1}\n```',
  "[ok] is what the tool said.",
  "I saw <tool_response> in the log.",
  "\\u003c is how JSON writes <tool_response>.",
])("what says something of its own is a word: %j", (text) => {
  expect(isEchoedInput(text)).toBe(false);
});

const INSTRUCTIONS = readFileSync(new URL("../../prompts/DevOps_Builder.md", import.meta.url), "utf8");
const PASSAGE = INSTRUCTIONS.split("\n").find((line) => line.startsWith("What is there now")) ?? "";

test.each([
  `${PASSAGE}\n\n## What is done\nis what it should be.`,
  `## ${PASSAGE}`,
  'User: "Is ssh running?"\n\nA:\n\nUser: "What was it?"\n',
])("instructions said again, and talk in the name of others, are no word: %j", (text) => {
  expect(isEchoedTalk(text, INSTRUCTIONS)).toBe(true);
});

test.each([
  "",
  "What is there now: guest 9000 on pve1.",
  `My instructions say: ${PASSAGE}`,
  "User: the guest runs.",
  "PASS\nUser: I asked\nUser: again",
])("what says something of its own is a word, also beside them: %j", (text) => {
  expect(isEchoedTalk(text, INSTRUCTIONS)).toBe(false);
});

const REMARKED =
  "[ok] The same call gave the same result 2 times; at 5 your turn ends. Do another step.\nSaved 227 bytes.";

test.each([REMARKED, `{\\u003ctool_response>\n${REMARKED.split("\n")[0]}\n\\u003c/tool_response>}`])(
  "what the runtime says of a result is no word, in whatever dress: %j",
  (text) => expect(isEchoedResult(text, ["[ok]\nVMID", REMARKED])).toBe(true),
);

test.each([
  "[ok exit 0]\n9000 tpl stopped",
  `It is said: ${REMARKED} ${"Therefore I looked again. ".repeat(5)}`,
])("what a command printed, and a report about it, are words: %j", (text) =>
  expect(isEchoedResult(text, ["[ok exit 0]\n9000 tpl stopped", REMARKED])).toBe(false),
);
