/**
 * What a template stands for when that is certain: a variable that is given a value once in all texts of a playbook, the
 * items of a list that is written out, the name of the host. Everything else is not known before the play runs.
 */
import { type Fields, isFields } from "./playbook-task.ts";
import { quoted } from "./shell-task.ts";

const MAX_TEXTS = 64;
const MAX_DEPTH = 5;
/** Facts that a host tells of itself under names of its own. */
const TOLD = /^(?:ansible_\w*|packages|services|getent_\w+|hostvars|groups|vars|item)$/;
/** In place of a host's name, which is one of the inventory. */
const HOST = "node";

export type Item = { name: string; value: unknown };

export class KnownValues {
  readonly #values = new Map<string, unknown[]>();
  #namesHosts = false;

  /** `isVariables`: the document itself is a list of variables. */
  add(document: unknown, isVariables: boolean): void {
    this.#walk(document, isVariables ? "vars" : "");
  }

  /** Names that get a value in a text that is no YAML. */
  addNames(text: string): void {
    for (const [, name = ""] of text.matchAll(/\b([A-Za-z_]\w{0,99})[ \t]{0,9}=/g))
      this.#define(name, undefined);
  }

  /** All texts that it may become, or undefined. */
  expand(text: string, items: readonly Item[] | undefined): string[] | undefined {
    if (!/\{[{%#]/.test(text)) return [text];
    const choices =
      /\{\{-? ?item\b/.test(text) || items?.some(({ name }) => text.includes(name)) ? items : [];
    if (choices === undefined || choices.length > MAX_TEXTS) return undefined;
    const texts = (choices.length === 0 ? [undefined] : choices).map((item) => this.#fill(text, item, 0));
    return texts.every((filled) => filled !== undefined) ? texts : undefined;
  }

  /** The items of a task's loop, when the list is written out. */
  itemsOf(task: Fields): Item[] | undefined {
    const written = task["loop"] ?? task["with_items"] ?? task["with_list"];
    const control = task["loop_control"];
    const name = (isFields(control) && control["loop_var"]) || "item";
    const list = typeof written === "string" ? this.#listOf(written) : written;
    if (!Array.isArray(list) || typeof name !== "string") return undefined;
    return list.flat(1).map((value: unknown) => ({ name, value }));
  }

  #listOf(text: string): unknown {
    const path = /^\{\{ ?(\w+) ?\}\}$/.exec(text);
    return path ? this.#lookUp(path[1] ?? "", undefined) : undefined;
  }

  #fill(text: string, item: Item | undefined, depth: number): string | undefined {
    if (depth > MAX_DEPTH || /\{[%#]/.test(text)) return undefined;
    let isKnown = true;
    const filled = text.replaceAll(/\{\{([^{}]{0,300})\}\}/g, (_, expression: string) => {
      const value = this.#valueOf(expression.trim(), item, depth);
      isKnown &&= value !== undefined;
      return value ?? "";
    });
    return isKnown && !filled.includes("{{") ? filled : undefined;
  }

  /** Of `a.b`, `a['b']`, each perhaps with `| quote`. */
  #valueOf(expression: string, item: Item | undefined, depth: number): string | undefined {
    const parts = /^([A-Za-z_]\w*)((?:\.\w+|\['[\w-]+'\])*)(\s*\|\s*quote)?$/.exec(expression);
    if (!parts) return undefined;
    const [, name = "", path = "", quote] = parts;
    let value = this.#lookUp(name, item);
    for (const [, dotted, bracketed] of path.matchAll(/\.(\w+)|\['([\w-]+)'\]/g)) {
      const key = dotted ?? bracketed ?? "";
      value = isFields(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    }
    if (typeof value !== "string" && typeof value !== "number") return undefined;
    const text = this.#fill(String(value), item, depth + 1);
    return text !== undefined && quote ? quoted(text) : text;
  }

  #lookUp(name: string, item: Item | undefined): unknown {
    if (name === item?.name) return item.value;
    if (/^inventory_hostname(?:_short)?$/.test(name)) return this.#namesHosts ? undefined : HOST;
    const values = this.#values.get(name) ?? [];
    return values.length === 1 && !TOLD.test(name) ? values[0] : undefined;
  }

  #define(name: string, value: unknown): void {
    this.#values.set(name, [...(this.#values.get(name) ?? []).slice(0, 1), value]);
  }

  #walk(value: unknown, key: string): void {
    if (Array.isArray(value)) for (const one of value) this.#walk(one, key === "vars" ? "" : key);
    if (!isFields(value)) return;
    for (const [name, inner] of Object.entries(value)) {
      this.#define(name, key === "vars" ? inner : undefined);
      if (/^(?:ansible\.builtin\.)?add_host$/.test(name)) this.#namesHosts = true;
      if (
        /^(?:register|loop_var|index_var|extended)$/.test(name) ||
        (key === "vars_prompt" && name === "name")
      )
        this.#define(String(inner), undefined);
      if (/set_fact$|action$/.test(name) && typeof inner === "string") {
        this.addNames(inner);
        this.#namesHosts ||= inner.includes("add_host");
      }
      this.#walk(inner, key === "vars" ? "value" : name);
    }
  }
}
