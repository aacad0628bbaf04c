/** The process's own log: JSON lines on standard error, redacted and inert. What the operator reads is elsewhere. */
import { type Logger, pino } from "pino";
import { escapeActive } from "../base/active-characters.ts";
import type { Redactor } from "./redact.ts";

export type { Logger };

export function createLogger(options: { name: string; level: string; redactor: Redactor }): Logger {
  const stream = {
    write: (line: string) => void process.stderr.write(escapeActive(options.redactor(line))),
  };
  return pino({ name: options.name, level: options.level, base: { name: options.name } }, stream);
}
