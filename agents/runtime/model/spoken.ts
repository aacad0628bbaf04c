/** A conversation in the words that go over the wire: plain texts, escaped, before it takes the form of an API. */
import type { Tokens } from "../../protocol/spending.ts";

export type Fields = { readonly [field: string]: unknown };

/** `args` is JSON. */
export type SpokenCall = { id: string; serverId?: string; name: string; args: string; carry?: Fields };

export type Spoken =
  | { role: "system" | "user"; content: string }
  | { role: "assistant"; content: string; calls: readonly SpokenCall[]; carry?: Fields }
  | { role: "tool"; id: string; name: string; content: string };

/** How a reply ended: only one that is whole is acted on. */
export type Ended = "whole" | "cut" | "filtered" | "malformed";

/** A call as a server sent it, or as it stood in the text. */
export type SaidCall = { name: string; args: unknown; problem?: string; serverId?: string; carry?: Fields };

/** A reply as it was read, whatever the API: not redacted yet. */
export type Said = {
  text: string;
  thoughts: readonly string[];
  calls: readonly SaidCall[];
  ended: Ended;
  /** The model's words of refusal, where a server keeps them apart. */
  refusal?: string;
  carry?: Fields;
  /** As the server counted; 0 is unknown. */
  usage: Tokens;
  /** Of them, those that count towards the limit of a reply. */
  written: number;
};
