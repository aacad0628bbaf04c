/** The redactor of the product, and one for each layer that lacks it. */
import { createRedactor, type Redactor, redactorOf } from "../../agents/redact/redact.ts";
import type { Span } from "../../agents/redact/redact-scan.ts";

export const REDACTION_LAYERS = ["known-values", "encodings", "stream-joining", "patterns"] as const;

export function redactorWithout(layer: string | undefined, secrets: readonly string[]): Redactor {
  const whole = createRedactor(secrets);
  const shapes = createRedactor([]);
  switch (layer) {
    case "known-values":
      return shapes;
    case "encodings":
      return finding((text) => [...spansOf(text, secrets), ...shapes.find(text)]);
    case "patterns":
      return finding((text) => {
        const known = new Set(shapes.find(text).map(({ start }) => start));
        return whole.find(text).filter(({ start }) => !known.has(start));
      });
    default:
      return whole;
  }
}

function spansOf(text: string, secrets: readonly string[]): Span[] {
  return secrets.flatMap((secret) => {
    const spans: Span[] = [];
    for (let start = text.indexOf(secret); start >= 0; start = text.indexOf(secret, start + 1)) {
      spans.push({ start, end: start + secret.length });
    }
    return spans;
  });
}

function finding(find: Redactor["find"]): Redactor {
  const inOrder = (text: string) => {
    let end = 0;
    return find(text)
      .sort((a, b) => a.start - b.start)
      .filter((span) => {
        const isFree = span.start >= end;
        if (isFree) end = span.end;
        return isFree;
      });
  };
  return redactorOf(inOrder);
}
