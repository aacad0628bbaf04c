/** A process whose log says each of the texts that it reads, as a JSON list: `terminal-log.ts LAYER`. */
import { json } from "node:stream/consumers";
import { pino } from "pino";
import { createLogger } from "../../agents/redact/log.ts";
import { createRedactor } from "../../agents/redact/redact.ts";

const [layer] = process.argv.slice(2);
const log =
  layer === "inert-log"
    ? pino({}, { write: (line) => void process.stderr.write(line) })
    : createLogger({ name: "x", level: "info", redactor: createRedactor([]) });
for (const text of (await json(process.stdin)) as string[])
  log.info({ [text]: text, err: new Error(text) }, text);
