/**
 * The one sink for secrets: what leaves the process (prompt, Redis, logs, docs, console) goes through a Redactor
 * first. Known values are found in each form and escape in which programs print them, the rest by its shape.
 * It hides what slips out; it does not stop a program that enciphers what it must not show.
 */
import { type Forms, formsOf } from "./redact-forms.ts";
import { findPatterns } from "./redact-patterns.ts";
import type { Span } from "./redact-scan.ts";
import { viewsOf } from "./redact-views.ts";
import type { Redacted } from "./redacted.ts";

export interface Redactor {
  (text: string): Redacted;
  /** Where the secrets are: in order, none overlaps another. */
  find(text: string): Span[];
  /** Hide these as well, from now on. */
  learn(secrets: Iterable<string>): void;
  /** Another number whenever something was learned: what was redacted before may hold it. */
  readonly version: number;
}

export const REDACTED = "[redacted]";

/**
 * `secrets` are the values to hide; duplicates, blanks and values of less than six characters are ignored. `news` is
 * asked before each use for what has become known since.
 */
export function createRedactor(secrets: Iterable<string>, news: () => Iterable<string> = () => []): Redactor {
  const known = new Set(secrets);
  let forms = formsOf(known);
  let version = 0;
  const learn = (more: Iterable<string>) => {
    const before = known.size;
    for (const secret of more) known.add(secret);
    if (known.size === before) return;
    forms = formsOf(known);
    version++;
  };
  const redactor = redactorOf((text) => {
    learn(news());
    return joined(findAll(text, forms));
  });
  const current = () => {
    learn(news());
    return version;
  };
  return Object.defineProperty(Object.assign(redactor, { learn }), "version", { get: current });
}

/** From what finds secrets; it learns nothing. */
export function redactorOf(find: (text: string) => Span[]): Redactor {
  const redactor = (text: string) => withoutSpans(text, find(text));
  return Object.assign(redactor, { find, learn() {}, version: 0 });
}

/** `spans` as `find` gives them. */
export function withoutSpans(text: string, spans: readonly Span[]): Redacted {
  let clean = "";
  let at = 0;
  for (const { start, end } of spans) {
    clean += text.slice(at, start) + REDACTED;
    at = end;
  }
  return (clean + text.slice(at)) as Redacted;
}

function findAll(text: string, { scanners, longest }: Forms): Span[] {
  const found: Span[] = [];
  for (const view of viewsOf(text, longest)) {
    const here = findPatterns(view.text);
    for (const scan of scanners) scan(view.text, here);
    for (const span of here) found.push(view.toSource(span));
  }
  return found;
}

function joined(spans: Span[]): Span[] {
  const result: Span[] = [];
  for (const { start, end } of spans.sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = result.at(-1);
    if (last && start < last.end) last.end = Math.max(last.end, end);
    else result.push({ start, end });
  }
  return result;
}
