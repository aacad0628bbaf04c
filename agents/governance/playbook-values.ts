/**
 * What a template stands for when that is certain: a variable with all values that the texts of a playbook give it, the
 * items of a list that is written out, a number, the name of the host. Everything else is not known before the play runs.
 */
import { type Fields, isFields } from "./playbook-task.ts";
import { quoted } from "./shell-task.ts";

const MAX_TEXTS = 64;
const MAX_DEPTH = 5;
/** Facts that a host tells of itself under names of its own. */
const TOLD = /^(?:ansible_\w*|packages|services|getent_\w+|hostvars|groups|vars|item)$/;
/** In place of a host's name, which is one of the inventory. */
const HOST = "node";
const NUMBER = "7";
const UNKNOWN = Symbol("unknown");

export type Item = { name: string; value: unknown };

export class KnownValues {
  readonly #values = new Map<string, unknown[]>();
  #namesHosts = false;
  /** False when a text was not read. */
  #isCertain = true;

  /** `isVariables`: the document itself is a list of variables. */
  add(document: unknown, isVariables: boolean): void {
    this.#walk(document, isVariables ? "vars" : "");
  }

  /** Names that get a value in a text that is no YAML. */
  addNames(text: string): void {
    if (text.includes("\u0000")) this.#isCertain = false;
    for (const [, name = ""] of text.matchAll(/\b([A-Za-z_]\w{0,99})[ \t]{0,9}=/g))
      this.#define(name, UNKNOWN);
  }

  /** All texts that it may become, or undefined. `items`: of the loop around it, when they are known. */
  expand(text: string, items: readonly Item[] | undefined): string[] | undefined {
    if (!/\{[{%#]/.test(text)) return [text];
    const loop = items ?? [{ name: "item", value: UNKNOWN }];
    if (loop.length > MAX_TEXTS) return undefined;
    const mentioned = loop.filter(({ name }) => text.includes(name));
    const found = (mentioned.length > 0 ? mentioned : [undefined]).map((item) => this.#fill(text, item, 0));
    const texts = new Set(found.flatMap((some) => some ?? []));
    return found.every((some) => some !== undefined) && texts.size <= MAX_TEXTS ? [...texts] : undefined;
  }

  /** The items of a task's loop, when the list is written out. */
  itemsOf(task: Fields): Item[] | undefined {
    const written = task["loop"] ?? task["with_items"] ?? task["with_list"];
    const control = task["loop_control"];
    const name = (isFields(control) && control["loop_var"]) || "item";
    const lists = typeof written === "string" ? this.#listsOf(written) : [written];
    if (!lists.every(Array.isArray) || typeof name !== "string") return undefined;
    return lists.flat(2).map((value: unknown) => ({ name, value }));
  }

  #listsOf(text: string): readonly unknown[] {
    const path = /^\{\{ ?(\w+) ?\}\}$/.exec(text);
    return path ? this.#lookUp(path[1] ?? "", undefined) : [UNKNOWN];
  }

  /** Every choice of a value for each of its templates. */
  #fill(text: string, item: Item | undefined, depth: number): string[] | undefined {
    if (depth > MAX_DEPTH || /\{[%#]/.test(text)) return undefined;
    const parts = text.split(/\{\{-?([^{}]{0,300})-?\}\}/); // between each two an expression
    let texts = [""];
    for (const [at, part] of parts.entries()) {
      const choices = at % 2 === 0 ? [part] : this.#valuesOf(part.trim(), item, depth);
      if (!choices || texts.length * choices.length > MAX_TEXTS) return undefined;
      texts = texts.flatMap((before) => choices.map((choice) => before + choice));
    }
    return texts.some((one) => /\{[{%#]/.test(one)) ? undefined : texts;
  }

  /** Of `a.b`, `a['b']`, each perhaps with `| quote`; whatever stands before `| int` is a number. */
  #valuesOf(expression: string, item: Item | undefined, depth: number): string[] | undefined {
    if (/^[\w.[\]']+ ?\| ?int$/.test(expression)) return [NUMBER];
    const parts = /^([A-Za-z_]\w*)((?:\.\w+|\['[\w-]+'\])*)(\s?\|\s?quote)?$/.exec(expression);
    if (!parts) return undefined;
    const [, name = "", path = "", quote] = parts;
    const keys = [...path.matchAll(/\.(\w+)|\['([\w-]+)'\]/g)].map(
      ([, dotted, bracketed]) => dotted ?? bracketed,
    );
    const found = this.#lookUp(name, item).map((value) => {
      const inner = keys.reduce(
        (of: unknown, key = "") => (isFields(of) && Object.hasOwn(of, key) ? of[key] : UNKNOWN),
        value,
      );
      return typeof inner === "string" || typeof inner === "number"
        ? this.#fill(String(inner), item, depth + 1)
        : undefined;
    });
    if (!found.every((some) => some !== undefined)) return undefined;
    return found.flat().map((text) => (quote ? quoted(text) : text));
  }

  /** All values that it is given anywhere; one of them may be unknown. */
  #lookUp(name: string, item: Item | undefined): readonly unknown[] {
    if (name === item?.name) return [item.value];
    if (/^inventory_hostname(?:_short)?$/.test(name)) return [this.#namesHosts ? UNKNOWN : HOST];
    const values = this.#isCertain ? (this.#values.get(name) ?? []) : [];
    return values.length > 0 && values.length <= MAX_TEXTS && !TOLD.test(name) ? values : [UNKNOWN];
  }

  #define(name: string, value: unknown): void {
    const known = this.#values.get(name);
    if (!known) this.#values.set(name, [value]);
    else if (known.length <= MAX_TEXTS) known.push(value);
  }

  #walk(value: unknown, key: string): void {
    if (Array.isArray(value)) for (const one of value) this.#walk(one, key === "vars" ? "" : key);
    if (!isFields(value)) return;
    for (const [name, inner] of Object.entries(value)) {
      this.#define(name, key === "vars" ? inner : UNKNOWN);
      if (/^(?:ansible\.builtin\.)?add_host$/.test(name)) this.#namesHosts = true;
      if (
        /^(?:register|loop_var|index_var|extended)$/.test(name) ||
        (key === "vars_prompt" && name === "name")
      )
        this.#define(String(inner), UNKNOWN);
      if (/set_fact$|action$/.test(name) && typeof inner === "string") {
        this.addNames(inner);
        this.#namesHosts ||= inner.includes("add_host");
      }
      this.#walk(inner, key === "vars" ? "value" : name);
    }
  }
}
