/**
 * Secrets that nobody has told us, found by their shape: private keys, tokens of Proxmox and of model providers, and
 * what secretlint's recommended rules know. Its rules are called by themselves, not through @secretlint/core: that is
 * asynchronous, takes 115 microseconds for a short text instead of 25, and its profiler keeps an entry of every call.
 */
import { rules } from "@secretlint/secretlint-rule-preset-recommend";
import { findPrivateKeys } from "./private-keys.ts";
import type { Span } from "./redact-scan.ts";

const PATTERNS = [
  /\bPVEAPIToken=[^\s"']+/g,
  /\bPVE:[^\s"':]+:[0-9A-F]{8}::[\w+/=]+/g,
  /\b(?:sk-|gsk_)[A-Za-z0-9_-]{20}[A-Za-z0-9_-]*/g,
  /(?<![\w-])[\w-]{13,}\.eyJ[\w-]{10,}\.[\w-]{10,}/g,
];

/** Not groq: half of the time of all rules, for the one prefix above. Not the filters: a text would excuse itself. */
const RULES = rules.filter(({ meta }) => meta.type === "scanner" && !meta.id.endsWith("-groq"));

let found: Span[] = [];

const handlers = RULES.map((rule) =>
  rule.create(
    {
      sharedOptions: {},
      createTranslator: () => (messageId: string) => ({ message: "", messageId }),
      report: ({ range: [start, end] }: { range: readonly [number, number] }) => found.push({ start, end }),
      ignore: () => {},
    },
    {},
  ),
);

/** Never waits: none of these rules is asynchronous for a text without a file name. */
export function findPatterns(text: string): Span[] {
  found = PATTERNS.flatMap((pattern) =>
    Array.from(text.matchAll(pattern), ({ index, 0: { length } }) => ({ start: index, end: index + length })),
  );
  found.push(...findPrivateKeys(text));
  for (const handler of handlers) void handler.file?.(sourceOf(text));
  return found;
}

function sourceOf(content: string) {
  const unknown = { filePath: undefined, physicalFilePath: undefined, ext: "", contentType: "text" };
  return { ...unknown, content, getFilePath: () => undefined, getPhysicalFilePath: () => undefined };
}
