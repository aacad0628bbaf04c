/**
 * Calls that a model has written as text, as open models do on servers that do not know their format. A text that is
 * nothing but calls of the role's own tools, in whatever dress, is these calls: they run when their schemas take all
 * arguments, and are refused by the schema otherwise.
 * A text that holds a call and is not certain is no word of the role either: it is told to the model.
 */
import { parseJson } from "../../protocol/message.ts";
import { holdsCall } from "./call-markup.ts";
import type { ToolDefinition } from "./exchange.ts";
import { objectOf } from "./json-shape.ts";
import { argumentsOf, bareName } from "./read-chat.ts";
import { Scanner } from "./scanner.ts";
import type { Fields, SaidCall } from "./spoken.ts";

export type Written = { kind: "words" } | { kind: "calls"; calls: SaidCall[] } | { kind: "unclear" };

/** Longer texts are not looked at for calls that are certain. */
const MAX_CHARS = 400_000;
const NAME_KEYS = "name tool tool_name function function_name recipient_name action".split(" ");
const ARGUMENT_KEYS = "arguments args parameters params input tool_input action_input".split(" ");
const LIST_KEYS = ["tool_calls", "tool_uses", "calls", "function_calls"] as const;

/** Between calls, and around them: what has no meaning but "here is a call". */
const DRESS =
  /[\s,;\]}]|\{(?=\s?\{)|\[(?=[A-Za-z_]\w{0,63}\()|```[\w-]{0,20}|json(?=\s{0,9}(?:`|$))|<\/?(?:tool_?calls?|function_?calls?|functioncalls?|tools|TOOLCALLS?|tool_code|minimax:tool_call|calls?)>|<\/?[|\uff5c][^<>]{0,60}>|<[^<>|\uff5c]{1,40}[|\uff5c]>|\[\/?(?:TOOL_CALLS|ARGS)\]|\[CALL_ID\]\w{0,40}|(?:function|call):?(?=<[|\uff5c])/y;

export function readWritten(text: string, tools: readonly ToolDefinition[]): Written {
  const trimmed = text.trim();
  if (!trimmed || tools.length === 0) return { kind: "words" };
  const calls = trimmed.length <= MAX_CHARS ? new Reader(trimmed, tools).read() : undefined;
  if (calls?.every((call) => isCertain(call, tools))) return { kind: "calls", calls };
  if (calls?.every(({ name }) => tools.some((tool) => tool.name === name && tool.accepts)))
    return { kind: "calls", calls: calls.map((call) => heldBack(call, tools)) };
  return calls !== undefined || holdsCall(trimmed, tools) ? { kind: "unclear" } : { kind: "words" };
}

/** Beside one with wrong arguments, which is refused as any other call: with what is wrong, and an example. */
function heldBack(call: SaidCall, tools: readonly ToolDefinition[]): SaidCall {
  const problem = "not run: another call of the same reply has arguments that its tool does not take";
  return isCertain(call, tools) ? { ...call, problem } : call;
}

function isCertain({ name, args }: SaidCall, tools: readonly ToolDefinition[]): boolean {
  return tools.find((tool) => tool.name === name)?.accepts?.(args) === true;
}

/** One call after the other to the end of the text, or nothing. */
class Reader {
  readonly #scanner: Scanner;
  readonly #tools: readonly ToolDefinition[];

  constructor(text: string, tools: readonly ToolDefinition[]) {
    this.#scanner = new Scanner(text.replaceAll(/<(\/?)(?:\uff5c|\|)DSML(?:\uff5c|\|)/g, "<$1"));
    this.#tools = tools;
  }

  read(): SaidCall[] | undefined {
    const scanner = this.#scanner;
    const calls: SaidCall[] = [];
    for (;;) {
      while (scanner.take(DRESS));
      if (scanner.isAtEnd) return calls.length > 0 ? calls : undefined;
      const found = this.#json() ?? this.#tagged() ?? this.#named() ?? this.#inOwnTag();
      if (!found) return undefined;
      calls.push(...found);
    }
  }

  #json(): SaidCall[] | undefined {
    if (!scannerIsAt(this.#scanner, "{[")) return undefined;
    const value = this.#scanner.json();
    return value === undefined ? undefined : callsIn(value);
  }

  /** `<function=name>`, `<invoke name="name">`: with JSON, or with a tag for each argument. */
  #tagged(): SaidCall[] | undefined {
    const opened = this.#scanner.take(
      /<(function|invoke|tool_call|tool|call)(?:=| name=)"?([\w.:-]{1,80})"?>?\s?/y,
    );
    if (!opened) return undefined;
    return this.#argumentsUntil(`</${opened[1]}>`, bareName(opened[2]));
  }

  #argumentsUntil(end: string, name: string): SaidCall[] | undefined {
    while (this.#scanner.take(/\s|>/y));
    const args = scannerIsAt(this.#scanner, "{") ? objectOf(this.#scanner.json()) : this.#parameters(name);
    while (this.#scanner.take(/\s/y));
    return args && this.#scanner.takeText(end) ? [{ name, args }] : undefined;
  }

  #parameters(name: string): Fields {
    const args: Record<string, unknown> = {};
    for (;;) {
      while (this.#scanner.take(/\s/y));
      const opened = this.#scanner.take(
        /<parameter(?:=| name=)"?([\w.-]{1,80})"?(?: string="(true|false)")?>/y,
      );
      if (!opened) return args;
      const [, key = "", isText] = opened;
      const value = this.#scanner.until("</parameter>");
      if (value === undefined) return args;
      args[key] = this.#typed(name, key, { value, isText });
    }
  }

  /** `name{...}`, `name[ARGS]{...}`, `functions.name:0<|...|>{...}`, `name(key="value")`, GLM's keys and values. */
  #named(): SaidCall[] | undefined {
    const named = this.#scanner.take(
      /(?:functions\.|default_api\.|call:)?([A-Za-z_][\w-]{0,63})(?::\d{1,4})?/y,
    );
    const name = named?.[1] ?? "";
    if (!this.#tools.some((tool) => tool.name === name)) return undefined;
    if (this.#scanner.takeText("(")) return this.#scanner.keywords(name);
    while (this.#scanner.take(DRESS));
    if (scannerIsAt(this.#scanner, "{")) {
      const args = objectOf(this.#scanner.json());
      return args && [{ name, args }];
    }
    return this.#pairs(name);
  }

  #pairs(name: string): SaidCall[] | undefined {
    const args: Record<string, unknown> = {};
    while (this.#scanner.take(/<arg_key>/y)) {
      const key = this.#scanner.until("</arg_key>")?.trim();
      while (this.#scanner.take(/\s/y));
      const value = this.#scanner.take(/<arg_value>/y) && this.#scanner.until("</arg_value>");
      if (!key || value === null || value === undefined) return undefined;
      args[key] = this.#typed(name, key, { value });
      while (this.#scanner.take(/\s/y));
    }
    return Object.keys(args).length > 0 ? [{ name, args }] : undefined;
  }

  /** `<read_file><path>...</path></read_file>`. */
  #inOwnTag(): SaidCall[] | undefined {
    const name = this.#scanner.take(/<([A-Za-z_]\w{0,63})>/y)?.[1] ?? "";
    if (!this.#tools.some((tool) => tool.name === name)) return undefined;
    const args: Record<string, unknown> = {};
    for (;;) {
      while (this.#scanner.take(/\s/y));
      if (this.#scanner.takeText(`</${name}>`)) return [{ name, args }];
      const key = this.#scanner.take(/<([A-Za-z_]\w{0,63})>/y)?.[1];
      const value = key && this.#scanner.until(`</${key}>`);
      if (!key || value === undefined) return undefined;
      args[key] = this.#typed(name, key, { value });
    }
  }

  /** Tags hold text alone: what the schema has as another type is read as JSON. */
  #typed(
    tool: string,
    key: string,
    { value, isText }: { value: string; isText?: string | undefined },
  ): unknown {
    const text = value.replace(/^\n/, "").replace(/\n$/, "");
    const properties = objectOf(this.#tools.find(({ name }) => name === tool)?.parameters["properties"]);
    const type = objectOf(properties?.[key])?.["type"];
    if (isText === "true" || type === "string") return text;
    return parseJson(text.trim()) ?? text;
  }
}

function scannerIsAt(scanner: Scanner, characters: string): boolean {
  return characters.includes(scanner.next || "\0");
}

/** The calls that a value of JSON says it is. */
function callsIn(value: unknown): SaidCall[] | undefined {
  if (Array.isArray(value)) {
    const all = value.map(callsIn);
    return all.length > 0 && all.every((one) => one !== undefined) ? all.flat() : undefined;
  }
  const object = objectOf(value);
  if (!object) return undefined;
  const list = LIST_KEYS.map((key) => object[key]).find(Array.isArray);
  if (list) return callsIn(list);
  const inner = objectOf(object["function"]);
  return inner ? callsIn(inner) : callIn(object);
}

function callIn(object: Fields): SaidCall[] | undefined {
  const name = NAME_KEYS.map((key) => object[key]).find((one) => typeof one === "string");
  const key = ARGUMENT_KEYS.find((one) => one in object);
  if (name === undefined) return undefined;
  const { args, problem } = argumentsOf(key && object[key]);
  return problem === undefined ? [{ name: bareName(name), args }] : undefined;
}
