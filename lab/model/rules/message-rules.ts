/** Rules about the order and the shape of messages. */
import { z } from "zod";
import { firstOf, nothing, rule, type WireMessage, words } from "./wire-request.ts";

export const MESSAGE_RULES = {
  "message-keys-known": rule(
    z.strictObject({ keys: words }),
    ({ keys }) =>
      ({ messages }) =>
        firstOf(
          messages.map((one, at) => ({ at, key: Object.keys(one).find((key) => !keys.includes(key)) })),
          ({ at, key }) => (key ? `messages.${at}: property '${key}'` : undefined),
        ),
  ),
  "role-known": rule(
    z.strictObject({ roles: words }),
    ({ roles }) =>
      ({ messages }) =>
        firstOf(messages, ({ role }) => (roles.includes(role) ? undefined : `the role ${role}`)),
  ),
  "system-first": rule(nothing, () => ({ messages }) => {
    const late = messages.findIndex(({ role }, at) => at > 0 && (role === "system" || role === "developer"));
    return late > 0 ? { what: `a system message at ${late}` } : undefined;
  }),
  "roles-alternate": rule(nothing, () => ({ messages }) => {
    const at = messages.findIndex(({ role }, place) => role === "user" && messages[place - 1]?.role === role);
    return at < 0 ? undefined : { what: `messages ${at - 1} and ${at} are both of the user` };
  }),
  "no-user-after-tool": rule(nothing, () => ({ messages }) => {
    const at = messages.findIndex(
      ({ role }, place) => role === "user" && messages[place - 1]?.role === "tool",
    );
    return at < 0 ? undefined : { what: `the role user after the role tool at ${at}` };
  }),
  "assistant-not-empty": rule(
    nothing,
    () =>
      ({ messages }) =>
        firstOf(messages, (one) =>
          isBare(one) ? "an assistant message with neither content nor tool_calls" : undefined,
        ),
  ),
  "text-not-blank": rule(
    nothing,
    () =>
      ({ messages }) =>
        firstOf(messages, ({ role, content }) =>
          typeof content === "string" && content.trim() === "" && (role === "user" || content !== "")
            ? `blank text in a message of role ${role}`
            : undefined,
        ),
  ),
  "last-not-assistant": rule(
    nothing,
    () =>
      ({ messages }) =>
        messages.at(-1)?.role === "assistant"
          ? { what: "the conversation ends with an assistant message" }
          : undefined,
  ),
  "content-not-null": rule(
    nothing,
    () =>
      ({ messages }) =>
        firstOf(messages, ({ role, content }) =>
          content === null ? `content null in a message of role ${role}` : undefined,
        ),
  ),
  "reasoning-comes-back": rule(
    nothing,
    () =>
      ({ messages }) =>
        firstOf(messages, (one) =>
          (one.tool_calls ?? []).length > 0 && isEmpty(one["reasoning_content"])
            ? "an assistant message with calls and without its reasoning_content"
            : undefined,
        ),
  ),
  "reasoning-details-come-back": rule(
    nothing,
    () =>
      ({ messages }) =>
        firstOf(messages, (one) =>
          (one.tool_calls ?? []).length > 0 && !Array.isArray(one["reasoning_details"])
            ? "an assistant message with calls and without its reasoning_details"
            : undefined,
        ),
  ),
} as const;

function isEmpty(content: unknown): boolean {
  return content === undefined || content === null || (typeof content === "string" && content.trim() === "");
}

function isBare(one: WireMessage): boolean {
  return one.role === "assistant" && isEmpty(one.content) && (one.tool_calls ?? []).length === 0;
}
