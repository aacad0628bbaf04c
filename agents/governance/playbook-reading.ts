/** One look through a playbook: the rows that were found, and what is known of all of its texts that were opened. */
import { posix } from "node:path";
import { type Change, type ChangeRow, changeOf, unclearRow } from "./change.ts";
import { rowOfCall } from "./playbook-lookups.ts";
import { scanTexts } from "./playbook-scan.ts";
import { type Fields, isFields } from "./playbook-task.ts";
import type { PlaybookTexts } from "./playbook-texts.ts";
import { templateCalls } from "./template-calls.ts";

export class PlaybookReading {
  readonly rows: ChangeRow[] = [];
  readonly texts: PlaybookTexts;
  /** Something that is found by its name on the way. */
  isDynamic = false;
  readonly #seen = new Set<string>();
  readonly #notified: unknown[] = [];
  /** Some hosts are this machine. */
  #isLocal = false;
  /** Some name, perhaps that of this machine, leads to another host. */
  #isRedirected = false;

  constructor(texts: PlaybookTexts) {
    this.texts = texts;
  }

  /** The document. RangeError when there is too much. */
  open(path: string): unknown {
    const { value, problem } = this.texts.parse(path);
    if (this.#seen.has(path)) return value;
    this.#seen.add(path);
    if (problem !== undefined) this.unclear(path, problem);
    this.scan(value, posix.dirname(path));
    return value;
  }

  /** What acts in it wherever it stands is told once. */
  scan(document: unknown, folder: string) {
    const { rows, notified, isLocal, isRedirected, calls } = scanTexts(document);
    for (const { file, title } of calls) this.template(file, folder, title);
    this.rows.push(...rows);
    this.#notified.push(...notified);
    this.#isLocal ||= isLocal;
    this.#isRedirected ||= isRedirected;
  }

  unclear(what: string, reason: string) {
    this.rows.push(unclearRow(what, reason));
  }

  /** What stands in a template's file is filled in on the machine of the team. */
  template(file: unknown, folder: string, what: string) {
    const texts = typeof file === "string" ? this.texts.beside("templates", file, folder) : [];
    if (texts.length === 0)
      return this.unclear(what, "fills in a template that is not there to be looked through");
    for (const text of texts) {
      const rows = templateCalls(text).map((call) => rowOfCall(call, what));
      this.rows.push(...rows.filter((row) => row !== undefined));
    }
  }

  isNotified(handler: Fields): boolean {
    const names = [handler["name"], handler["listen"]].flat().filter((name) => typeof name === "string");
    const isAnybody = names.length === 0 || names.some(isTemplate) || handler["block"] !== undefined;
    return this.#notified.some(
      (name) =>
        isAnybody || typeof name !== "string" || isTemplate(name) || names.some((one) => name.endsWith(one)),
    );
  }

  end(): Change {
    const written = this.rows.find(
      ({ where, details = "" }) => where === "workspace" && !/^\/(?:app\/docs|tmp)\//.test(details),
    );
    if (written && this.isDynamic) this.unclear(written.what, "may write what is included later");
    return changeOf(this.rows.map((row) => this.#placed(row)));
  }

  #placed(row: ChangeRow): ChangeRow {
    if (this.#isRedirected && row.where === "workspace")
      return { ...row, where: "host", effect: "infrastructure" };
    return this.#isLocal && row.where === "host" ? { ...row, where: "controller" } : row;
  }
}

function isTemplate(text: string): boolean {
  return /\{[{%]/.test(text);
}

/** The fields of a list of tasks, or undefined for what is none; an empty one when there is nothing. */
export function taskList(list: unknown): readonly Fields[] | undefined {
  if (list === undefined || list === null) return [];
  return Array.isArray(list) && list.every(isFields) ? list : undefined;
}
