/** What strangers say, as an agent and the console read it: JSON of programs, messages, prompts, commands, the model's reply. */
import { classifyShell } from "../../agents/governance/effects.ts";
import { resolveRecipients } from "../../agents/protocol/addressing.ts";
import {
  encodeMessage,
  MAX_CONTENT_CHARS,
  type Message,
  parseMessage,
} from "../../agents/protocol/message.ts";
import { ours, redacted } from "../../agents/redact/redacted.ts";
import { escapeForgedTurns } from "../../agents/runtime/escape-forged-turns.ts";
import { createModel, MAX_REPLY_BYTES } from "../../agents/runtime/model.ts";
import { conversation } from "../../agents/runtime/prompt.ts";
import { startModelServer } from "../../agents/testing/model-server.ts";
import { checkHosts, MAX_INVENTORY_BYTES } from "../../agents/tools/ansible-inventory.ts";
import { hclBlocks } from "../../agents/tools/hcl-blocks.ts";
import { MAX_PLAN_BYTES } from "../../agents/tools/terraform-plan.ts";
import { MAX_SOURCE_BYTES } from "../../agents/tools/terraform-provisioners.ts";
import { MAX_STATE_BYTES, sensitiveValues } from "../../agents/tools/terraform-state.ts";
import { summarisePlan } from "../../agents/tools/terraform-summary.ts";
import { toEntry } from "../../client/entry.ts";
import { renderForTerminal, renderPlain } from "../../client/render.ts";
import { type Place, redactor } from "./stall-places.ts";

export function placesOfSpeech(): Place[] {
  return [...json(), ...words(), ...screens()];
}

function json(): Place[] {
  const change = { actions: ["create"] };
  const asPlan = (address: string) => JSON.stringify({ resource_changes: [{ address, change }] });
  /** One after the other, as many as there is room for, the text in their midst. */
  const asState = (text: string) =>
    `{"version":4,"serial":1,"lineage":"x","resources":[${"{},".repeat(text.length / 3)}{"type":${JSON.stringify(text.slice(0, 9))}}]}`;
  const asInventory = (host: string) => JSON.stringify({ _meta: { hostvars: { [host]: {} } } });
  const nodeCalled = (name: string) => [{ name, host: "h", port: 22 }];
  return [
    { name: "plan", limit: MAX_PLAN_BYTES, sample: "{}", read: (text) => summarisePlan(text, undefined) },
    { name: "configuration of a plan", limit: MAX_SOURCE_BYTES, sample: "x {}", read: hclBlocks },
    {
      name: "address in a plan",
      limit: MAX_PLAN_BYTES / 6,
      sample: "x",
      read: (text) => summarisePlan(asPlan(text), undefined),
    },
    {
      name: "state",
      limit: MAX_STATE_BYTES,
      sample: "{}",
      read: (text) => sensitiveValues(Buffer.from(text)),
    },
    {
      name: "resources of a state",
      limit: MAX_STATE_BYTES,
      sample: "x",
      read: (text) => sensitiveValues(Buffer.from(asState(text))),
    },
    {
      name: "inventory",
      limit: MAX_INVENTORY_BYTES,
      sample: '{"_meta":{"hostvars":{}}}',
      read: (text) => checkHosts(JSON.parse(text), []),
    },
    {
      name: "host in an inventory",
      limit: MAX_INVENTORY_BYTES,
      sample: "x",
      read: (text) => checkHosts(JSON.parse(asInventory(text)), nodeCalled(text)),
    },
  ];
}

function words(): Place[] {
  return [
    {
      name: "message",
      limit: MAX_CONTENT_CHARS,
      sample: "x",
      read(text) {
        const message = parseMessage(encodeMessage(said(text)), redactor);
        return resolveRecipients("User", message?.content ?? "");
      },
    },
    {
      name: "prompt",
      limit: MAX_CONTENT_CHARS,
      sample: "x",
      read: (text) =>
        conversation("QA_Tester", redacted`x`, { window: [said(text)], tasks: [said(text)] }).map(
          (message) => ("content" in message ? escapeForgedTurns(message.content) : ""),
        ),
    },
    { name: "command", limit: 30_000, sample: "x", read: classifyShell },
  ];
}

function said(text: string): Message {
  return {
    ...{ kind: "message", id: "a.User", sender: "User", to: ["QA_Tester"], content: ours(text) },
    ...{ timestamp: "2026-01-01T00:00:00.000Z", session: "s", epoch: 1 },
  };
}

function screens(): Place[] {
  return [
    {
      name: "console",
      limit: MAX_CONTENT_CHARS,
      sample: "x",
      read(text) {
        const entry = toEntry(said(text));
        return entry && [renderForTerminal(entry, 80), renderPlain(entry, "t")];
      },
    },
  ];
}

/** From an endpoint, over HTTP, which is to be closed. */
export async function modelPlace(): Promise<Place & { close(): Promise<void> }> {
  let said = "";
  const server = await startModelServer(() => ({ text: said, calls: [] }));
  const model = createModel({
    ...{ baseUrl: server.url, apiKey: "k", model: "m", reasoningEffort: undefined, cacheKey: "x", redactor },
    ...{ maxOutputTokens: 256, timeoutMs: 60_000, tools: [], backoffMs: 1 },
  });
  const onWait = () => {};
  const { signal } = new AbortController();
  return {
    name: "model's reply",
    limit: MAX_REPLY_BYTES / 8,
    sample: "x",
    close: server.close,
    read: (text) => {
      said = text;
      return model.ask([{ role: "user", content: redacted`x` }], { step: 1, signal, onWait });
    },
  };
}
