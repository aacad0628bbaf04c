/**
 * A program, `agent.mjs` of a bundle: starts the agent's script from the code that an earlier life of its role left in the
 * folder NODE_COMPILE_CACHE. Node itself keeps only what is compiled before anything runs; this keeps what ran.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { constants, Script } from "node:vm";
import { isRole } from "../../agents/protocol/roles.ts";

/** The script beside this program; its name holds the digest of its text, to which alone compiled code belongs. */
declare const AGENT_SCRIPT: string;

const file = join(import.meta.dirname, AGENT_SCRIPT);
const folder = process.env["NODE_COMPILE_CACHE"];
const role = process.env["AGENT_ROLE"] ?? "";
const codeOf = (whose: string) => (folder ? join(folder, `${AGENT_SCRIPT}.${whose}.code`) : undefined);
const own = codeOf(isRole(role) ? role : "start");

setFlagsFromString("--no-flush-bytecode"); // what has run stays compiled, and can be left to the next life
const kept = read(own);
const cachedData = kept ?? read(codeOf("start"));
const script = new Script(readFileSync(file, "latin1"), {
  filename: file,
  ...(cachedData && { cachedData }),
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
if (!kept || script.cachedDataRejected) process.once("exit", leaveCode);
script.runInThisContext()(createRequire(file), file, import.meta.dirname);

function read(code: string | undefined): Buffer | undefined {
  try {
    return code === undefined ? undefined : readFileSync(code);
  } catch {
    return undefined; // nobody has left any
  }
}

/** Whole or not at all: two lives may end at once. */
function leaveCode(): void {
  if (own === undefined) return;
  try {
    const partial = `${own}.${process.pid}`;
    writeFileSync(partial, script.createCachedData(), { mode: 0o600 });
    renameSync(partial, own);
  } catch {
    // the next life starts a little later: in a container the folder can only be read
  }
}
