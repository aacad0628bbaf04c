/**
 * What a template of Ansible (Jinja) calls while it is filled in, on the machine of the team. A template that only puts
 * values together calls nothing; what is not understood is told as unclear.
 */

/** `args`: what it is given, when each is a text as it stands; undefined when they are not known. */
export type TemplateCall =
  | { kind: "lookup"; plugin: string; args: string[] | undefined; named?: string[] }
  | { kind: "unclear"; reason: string };

const MAX_TEMPLATE_CHARS = 20_000;
const LOOKUPS = new Set(["lookup", "query", "q"]);
/** Functions of Jinja and Ansible that only make a value. */
const FUNCTIONS = new Set("range dict namespace cycler joiner now undef lipsum zip omit".split(" "));
const BLOCKS = new Set(
  "if elif else endif for endfor set endset raw endraw filter endfilter with endwith do not".split(" "),
);
/** Words before a bracket that are no call. */
const OPERATORS = new Set("in and or not if else is".split(" "));

/** Of a text as it stands in a playbook. `isExpression`: it is one without braces, as `when` has it. */
export function templateCalls(text: string, isExpression = false): TemplateCall[] {
  if (text.startsWith("#jinja2:")) return [unclear("a template sets its own marks")];
  if (isExpression) return callsOf(text.replaceAll(/\{[{%]|[%}]\}/g, " "));
  if (!/\{[{%]/.test(text)) return [];
  if (text.length > MAX_TEMPLATE_CHARS) return [unclear("a template is too long to be looked through")];
  const calls: TemplateCall[] = [];
  for (let at = text.search(/\{[{%]/); at !== -1; ) {
    const end = endOf(text, at + 2, text[at + 1] === "%" ? "%}" : "}}");
    const inner = text.slice(at + 2, end);
    calls.push(...(text[at + 1] === "%" ? statementCalls(inner) : callsOf(inner)));
    const next = text.slice(end).search(/\{[{%]/);
    at = next === -1 ? -1 : end + next;
  }
  return calls;
}

/** The place of the closing braces, not within a quoted text or a dictionary; the end when there are none. */
function endOf(text: string, from: number, closing: string): number {
  let quote = "";
  let open = 0;
  for (let at = from; at < text.length; at++) {
    const char = text[at] ?? "";
    if (quote !== "" && char === "\\") at++;
    else if (quote !== "") quote = char === quote ? "" : quote;
    else if (char === "'" || char === '"') quote = char;
    else if (open === 0 && text.startsWith(closing, at)) return at;
    else if (char === "{") open++;
    else if (char === "}") open = Math.max(0, open - 1);
  }
  return text.length;
}

function statementCalls(text: string): TemplateCall[] {
  const inner = text.replace(/^[-+]/, "").trimStart();
  const word = /^\w+/.exec(inner)?.[0] ?? "";
  if (!BLOCKS.has(word)) return [unclear(`a template has the statement ${word}`)];
  return callsOf(inner.slice(word.length));
}

type Token = { kind: "name" | "text" | "sign"; text: string };

function callsOf(text: string): TemplateCall[] {
  if (text.length > MAX_TEMPLATE_CHARS) return [unclear("a template is too long to be looked through")];
  const tokens = tokensOf(text);
  if (!tokens) return [unclear("a template is not understood")];
  return tokens.flatMap((token, at) => callAt(tokens, token, at));
}

function callAt(tokens: readonly Token[], { kind, text }: Token, at: number): TemplateCall[] {
  const before = tokens[at - 1]?.text ?? "";
  if (kind === "text" && /\{[{%]/.test(text)) return [unclear("a template makes a template")];
  if (text.includes("__") || (before === "|" && text === "attr"))
    return [unclear(`a template reaches for ${text}`)];
  if (text === "(" && kind === "sign" && /^[\])]$/.test(before))
    return [unclear("a template calls what it has made")];
  if (kind !== "name") return [];
  if (text === "self") return [unclear(`a template reaches for ${text}`)];
  const isCalled = tokens[at + 1]?.text === "(";
  if (before === ".") return []; // of a value: texts, lists and dictionaries have no method that acts
  const isArgument = tokens[at + 1]?.text === "=" && tokens[at + 2]?.text !== "=";
  if (LOOKUPS.has(text) && !isArgument)
    return [isCalled ? lookupAt(tokens, at + 2) : unclear(`a template passes ${text} on`)];
  if (!isCalled || before === "|" || before === "is" || OPERATORS.has(text)) return [];
  if (before === "not" && tokens[at - 2]?.text === "is") return [];
  return FUNCTIONS.has(text) ? [] : [unclear(`a template calls ${text}, which is not known`)];
}

function lookupAt(tokens: readonly Token[], from: number): TemplateCall {
  const name = tokens[from];
  const after = tokens[from + 1]?.text ?? "";
  if (name?.kind !== "text" || (after !== "," && after !== ")"))
    return unclear("the plugin of a lookup is not known before it runs");
  const args: string[] = [];
  const named: string[] = [];
  let at = from + 1;
  while (tokens[at]?.kind === "sign" && tokens[at]?.text === ",") {
    const isNamed = tokens[at + 1]?.kind === "name" && tokens[at + 2]?.text === "=";
    const value = tokens[at + (isNamed ? 3 : 1)] ?? { kind: "sign", text: "" };
    const isPlain = value.kind === "text" || (isNamed && (value.kind === "name" || /^\d$/.test(value.text)));
    if (!isPlain) break;
    if (isNamed) named.push(tokens[at + 1]?.text ?? "");
    else args.push(value.text);
    at += isNamed ? 4 : 2;
    while (isNamed && /^\d$/.test(tokens[at]?.text ?? "")) at++; // the rest of a number
  }
  const isWhole = tokens[at]?.kind === "sign" && tokens[at]?.text === ")";
  return { kind: "lookup", plugin: name.text, args: isWhole ? args : undefined, named };
}

/** Undefined when a quote does not end, or holds characters by number. A text that means another one is a sign. */
function tokensOf(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const char = text[at] ?? "";
    if (char === "'" || char === '"') {
      const end = quoteEnd(text, at + 1, char);
      if (end === -1) return undefined;
      const raw = text.slice(at + 1, end);
      if (/\\[xuUN0-7]/.test(raw)) return undefined;
      tokens.push({
        kind: /\\[^\\'"]/.test(raw) ? "sign" : "text",
        text: raw.replaceAll(/\\([\\'"])/g, "$1"),
      });
      at = end + 1;
    } else if (/[\p{L}_]/u.test(char)) {
      const start = at;
      while (/[\p{L}\p{N}_]/u.test(text[at] ?? "")) at++;
      tokens.push({ kind: "name", text: text.slice(start, at) });
    } else {
      if (!/\s/.test(char)) tokens.push({ kind: "sign", text: char });
      at++;
    }
  }
  return tokens;
}

function quoteEnd(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === quote) return at;
  }
  return -1;
}

function unclear(reason: string): TemplateCall {
  return { kind: "unclear", reason };
}
