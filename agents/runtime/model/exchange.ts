/** What is said to a model and what it says, as the turn and the journal have it: redacted, and of no server's form. */
import type { Usage } from "../../protocol/spending.ts";
import type { Redacted, RedactedJson } from "../../redact/redacted.ts";
import type { Sealed } from "../../redact/redacted-json.ts";

export type ToolRequest = {
  /** Ours, not the provider's: `<step>.<number>`, so that it is unique and the same after a resume. */
  id: `${number}.${number}`;
  tool: Redacted;
  args: RedactedJson;
  /** The arguments as the model gave them, when they held a secret: for the tool alone. */
  sealedArgs?: Sealed;
  /** Why it is not run. */
  problem?: Redacted;
  /** The server's own id of the call, for servers that want it back. */
  serverId?: Redacted;
  /** What the server sent with the call and wants back with it, such as `extra_content`. */
  carry?: CarriedFields;
};

/** Fields of a server, by name, that go back to it as they came. */
export type CarriedFields = { readonly [field: string]: RedactedJson };

export type ModelReply = {
  text: Redacted;
  thoughts: Redacted[];
  calls: ToolRequest[];
  usage: Usage;
  /** Why the text is no word of the role: cut off, filtered, a call that was not run. For the model. */
  problem?: Redacted;
  /** What the operator can change, when it goes on like this. */
  remedy?: Redacted;
  /** What the server wants back with the calls, such as `reasoning_content`. */
  carry?: CarriedFields;
};

export type ModelMessage =
  | { role: "system" | "user"; content: Redacted }
  | { role: "assistant"; text: Redacted; calls: ToolRequest[]; carry?: CarriedFields | undefined }
  | { role: "tool"; callId: string; tool: Redacted; content: Redacted };

export type ToolDefinition = {
  name: string;
  description: string;
  parameters: Readonly<Record<string, unknown>>;
  /** Whether the tool's own schema takes them; without it a call that is written as text is never certain. */
  accepts?(args: unknown): boolean;
};

export type Effort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh";
export type Api = "chat" | "responses";
