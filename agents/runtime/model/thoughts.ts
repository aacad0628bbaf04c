/**
 * Thoughts that a model writes into its text: in the tags of open models, in the channels of harmony (gpt-oss). They
 * are never words of the role, also where a tag is missing.
 */
import type { SaidCall } from "./spoken.ts";

export type Divided = { thoughts: string[]; text: string; calls: SaidCall[] };

/** In small letters; a model may write them in others. */
const TAGS: readonly (readonly [open: string, close: string])[] = [
  ...["think", "thinking", "thought", "reasoning", "seed:think"].map(
    (tag) => [`<${tag}>`, `</${tag}>`] as const,
  ),
  ["[think]", "[/think]"],
  ["\u25c1think\u25b7", "\u25c1/think\u25b7"],
  ["<|begin_of_thought|>", "<|end_of_thought|>"],
  ["<|channel>thought", "<channel|>"],
];
/** What a server forgot to cut off behind a reply. */
const STOPS = [
  "<|im_end|>",
  "<|eot_id|>",
  "<|eom_id|>",
  "<|end|>",
  "<|return|>",
  "<|endoftext|>",
  "<end_of_turn>",
  "</s>",
];

export function divideThoughts(content: string): Divided {
  const harmony = content.includes("<|message|>") ? byChannels(content) : glued(content);
  if (harmony) return harmony;
  let text = content;
  const thoughts: string[] = [];
  for (const tag of TAGS) {
    const lower = lowercase(text);
    if (!lower.includes(tag[0]) && !lower.includes(tag[1])) continue;
    const divided = byTag(text, tag);
    text = divided.text;
    thoughts.push(...divided.thoughts);
  }
  return { thoughts, text: withoutStops(text.trim()), calls: [] };
}

/**
 * One that is never closed reaches to the end, one that was never opened from the beginning. What is quoted in back-ticks is
 * spoken of: `</think>`, `<think>...</think>`.
 */
function byTag(content: string, [open, close]: readonly [string, string]): Omit<Divided, "calls"> {
  const thoughts: string[] = [];
  const lower = lowercase(content);
  let text = "";
  let [opened, closed] = [-1, -1];
  for (let at = 0; at < content.length; ) {
    if (opened < at) opened = indexOf(lower, open, at);
    if (closed < at) closed = indexOf(lower, close, at);
    const from = Math.min(opened, closed);
    const ends = [...(opened < closed ? [opened + open.length] : []), closed + close.length];
    const quoted = content[from - 1] === "`" ? ends.find((end) => content[end] === "`") : undefined;
    if (quoted !== undefined) {
      text += content.slice(at, quoted);
      at = quoted;
      continue;
    }
    if (closed < opened) {
      thoughts.push(text + content.slice(at, closed));
      text = "";
      at = closed + close.length;
      continue;
    }
    text += content.slice(at, opened);
    const end = closed; // the first one behind `opened`: none stands between
    thoughts.push(content.slice(opened + open.length, end));
    at = end + close.length;
  }
  return { thoughts: thoughts.map((one) => one.trim()).filter(Boolean), text };
}

/** Of ASCII alone, so that every place stays where it was. */
function lowercase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function indexOf(text: string, part: string, from: number): number {
  const index = text.indexOf(part, from);
  return index < 0 ? text.length : index;
}

function withoutStops(text: string): string {
  const stop = STOPS.find((one) => text.endsWith(one));
  return stop ? text.slice(0, -stop.length).trimEnd() : text;
}

/** `<|channel|>analysis<|message|>...<|end|><|start|>assistant<|channel|>final<|message|>...`. */
function byChannels(content: string): Divided {
  const found: Divided = { thoughts: [], text: "", calls: [] };
  const take = (header: string, body: string) => {
    const tool = /\bto=(?:functions\.)?([\w.-]+)/.exec(header)?.[1];
    if (tool) found.calls.push({ name: tool, args: body.trim() });
    else if (/\bfinal\b/.test(header)) found.text = `${found.text}\n${body}`.trim();
    else if (body.trim()) found.thoughts.push(body.trim());
  };
  let header = "";
  let body: string | undefined;
  for (const part of content.split(/(<\|(?:start|end|return|call|channel|constrain|message)\|>)/)) {
    if (part === "<|message|>") body = "";
    else if (/^<\|(?:start|end|return|call)\|>$/.test(part)) {
      if (body !== undefined) take(header, body);
      header = "";
      body = undefined;
    } else if (body !== undefined) body += part;
    else header += ` ${part}`;
  }
  if (body !== undefined) take(header, body);
  return found;
}

/** The same after a server has dropped the tokens: `analysisWe need ...assistantfinalIt is done.` */
function glued(content: string): Divided | undefined {
  const last = content.lastIndexOf("assistantfinal");
  if (!content.startsWith("analysis") || last < 0) return undefined;
  return {
    thoughts: [content.slice("analysis".length, last).trim()],
    text: content.slice(last + "assistantfinal".length).trim(),
    calls: [],
  };
}
