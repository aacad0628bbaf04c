/** A process whose log says what it reads, for the class `redaction`: `redaction-log.ts LAYER SECRETS-AS-JSON`. */
import { text } from "node:stream/consumers";
import { createLogger } from "../../agents/redact/log.ts";
import { redactorWithout } from "./redaction-weakness.ts";

const [layer, secrets = "[]"] = process.argv.slice(2);
const log = createLogger({ name: "x", level: "info", redactor: redactorWithout(layer, JSON.parse(secrets)) });
const said = await text(process.stdin);
log.info({ err: new Error(said) }, said);
