/**
 * Which parts of the team do not run, and why: ./minilab up keeps it in a file, and a console follows the file, because
 * Redis may be what does not run.
 */
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { parseJson } from "../agents/protocol/message.ts";
import type { Redactor } from "../agents/redact/redact.ts";
import type { Redacted } from "../agents/redact/redacted.ts";

/** From a part (a role, or Redis) to a sentence with the cause and the remedy; what runs is not in it. */
export type Troubles = Readonly<Record<string, Redacted>>;

type Followed = { file: string; redact: Redactor; signal: AbortSignal };

const POLL_MS = 500;
const schema = z.record(z.string(), z.string());

/** Empty when there is no file, or none that can be read. */
function readTroubles({ file, redact }: Followed): Troubles {
  const parsed = schema.safeParse(parseJson(existsSync(file) ? readFileSync(file, "utf8") : "{}"));
  const rows = Object.entries(parsed.success ? parsed.data : {});
  return Object.fromEntries(rows.map(([part, cause]) => [part, redact(`${part} does not run: ${cause}`)]));
}

/** Whoever has troubles, and says so. */
type Teller = { troubles: Troubles; say(text: Redacted): void; problem(text: Redacted): void };

/** Tells what there is now, and each change, until `signal` aborts. */
export function followTroubles(followed: Followed, teller: Teller): void {
  const onChange = (now: Troubles) => {
    const before = teller.troubles;
    teller.troubles = now;
    for (const [part, cause] of Object.entries(now)) if (before[part] !== cause) teller.problem(cause);
    for (const part of Object.keys(before))
      if (now[part] === undefined) teller.say(followed.redact(`${part} runs again.`));
  };
  let last = "{}";
  const look = () => {
    const troubles = readTroubles(followed);
    const text = JSON.stringify(troubles);
    if (text !== last) onChange(troubles);
    last = text;
  };
  look();
  const timer = setInterval(look, POLL_MS);
  followed.signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}
