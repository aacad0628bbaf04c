/** Where things are in a checkout, for the launcher. */
import { join, resolve } from "node:path";

export const PROJECT_DIR = resolve(import.meta.dirname, "../..");

/** State of the team that runs here: Redis, the lab, logs. */
export const RUN_DIR = join(PROJECT_DIR, "tmp/run");
