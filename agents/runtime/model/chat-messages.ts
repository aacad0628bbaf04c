/**
 * The conversation as the messages of chat/completions, in the form that all servers take: one system message, then
 * user and assistant in turn, nothing empty, each result beside its call, ids of letters and digits.
 */
import type { Dialect } from "./dialect.ts";
import type { Fields, Spoken, SpokenCall } from "./spoken.ts";

export type ChatMessage = { role: string; content?: string } & Fields;

/** For a server that a reply would otherwise begin the conversation with. */
const BEFORE_FIRST = "(The conversation so far, as far as it is shown.)";
/** Between results and what somebody says then: some templates want a reply there. */
const BETWEEN = "I have read the results.";

/** Ids of calls are the conversation's own: one that comes twice is replaced. */
export function chatMessages(spoken: readonly Spoken[], dialect: Dialect): ChatMessage[] {
  const messages: ChatMessage[] = [];
  const ids = callIds(spoken, dialect);
  for (const one of withSystem(spoken, dialect)) {
    if (one.role === "tool") messages.push(resultMessage(one, ids, dialect));
    else if (one.role !== "assistant") addWords(messages, one.role, one.content);
    else if (one.calls.length > 0) messages.push(callMessage(one, ids, dialect));
    else if (one.content.trim()) addWords(messages, "assistant", one.content);
  }
  return messages;
}

/** Where there is no such role, the first user says it. */
function withSystem(spoken: readonly Spoken[], { system }: Dialect): readonly Spoken[] {
  if (system === "message") return spoken;
  return spoken.map((one) => (one.role === "system" ? { role: "user", content: one.content } : one));
}

/** What one role says in a row is one message. */
function addWords(messages: ChatMessage[], role: "system" | "user" | "assistant", content: string): void {
  const last = messages.at(-1);
  if (last?.role === role && last["tool_calls"] === undefined) {
    messages[messages.length - 1] = { ...last, content: `${last.content}\n${content}` };
    return;
  }
  if (role === "user" && last?.role === "tool") messages.push({ role: "assistant", content: BETWEEN });
  if (role === "assistant" && (last === undefined || last.role === "system"))
    messages.push({ role: "user", content: BEFORE_FIRST });
  messages.push({ role, content });
}

function callMessage(
  { content, calls, carry }: Spoken & { role: "assistant" },
  ids: ReadonlyMap<string, string>,
  dialect: Dialect,
): ChatMessage {
  const toolCalls = calls.map((call) => ({
    ...allowed(call.carry, dialect),
    id: ids.get(call.id) ?? call.id,
    type: "function",
    function: { name: call.name, arguments: call.args },
  }));
  const isAbsent = dialect.emptyContent === "absent" && !content.trim();
  return {
    role: "assistant",
    ...(!isAbsent && { content }),
    ...(dialect.fillReasoning && { reasoning_content: content || "I call a tool." }),
    ...allowed(carry, dialect),
    tool_calls: toolCalls,
  };
}

function resultMessage(
  { id, name, content }: Spoken & { role: "tool" },
  ids: ReadonlyMap<string, string>,
  { leaveOut }: Dialect,
): ChatMessage {
  const named = leaveOut.has("name") ? {} : { name };
  return { role: "tool", tool_call_id: ids.get(id) ?? id, ...named, content: content || "(no output)" };
}

function allowed(carry: Fields | undefined, { leaveOut }: Dialect): Fields {
  if (!carry) return {};
  return Object.fromEntries(Object.entries(carry).filter(([field]) => !leaveOut.has(field)));
}

/** From our id, `<step>.<number>`, to the one on the wire. */
export function callIds(
  spoken: readonly Spoken[],
  { ids, api }: Pick<Dialect, "ids" | "api">,
): Map<string, string> {
  const found = new Map<string, string>();
  const used = new Set<string>();
  for (const one of spoken) {
    if (one.role !== "assistant") continue;
    for (const call of one.calls) {
      const own = api === "responses" || ids === "own" || isWantedBack(call) ? call.serverId : undefined;
      const id = own && !used.has(own) ? own : shortId(call.id);
      used.add(id);
      found.set(call.id, id);
    }
  }
  return found;
}

/** `functions.read_file:0` of Kimi, whose template counts on it; nine letters or digits, which all take. */
function isWantedBack({ serverId = "" }: SpokenCall): boolean {
  return /^[\w.-]{1,80}:\d{1,4}$|^[A-Za-z0-9]{9}$/.test(serverId);
}

/** Nine letters and digits, the same after a resume. */
function shortId(id: string): string {
  const [step = "0", call = "0"] = id.split(".");
  return `c${step.padStart(5, "0")}${call.padStart(3, "0")}`;
}
