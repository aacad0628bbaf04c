/** `./minilab audit`: holds the audit's chains to their digests, and tells what was done as a script for people. */
import { createReadStream, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { AUDIT } from "../agents/base/config.ts";
import { AppError } from "../agents/base/errors.ts";
import { auditPath } from "../agents/bus/audit-file.ts";
import { type AuditEntry, auditProblem, NO_LINE, parseAuditLine } from "../agents/protocol/audit.ts";
import { SENDERS, type Sender } from "../agents/protocol/roles.ts";
import { inert } from "../client/terminal-safe.ts";
import { auditScript } from "./audit-script.ts";
import { PROJECT_DIR } from "./team/project.ts";

const USAGE = "usage: ./minilab audit verify|export [FOLDER]";

type Chain = { writer: Sender; entries: AuditEntry[]; problem?: string };

/** `verify`: exit code 1 when a line was altered, which is named. `export`: a script of bash on the standard output. */
export async function audit([verb = "", folder]: string[], signal: AbortSignal): Promise<number> {
  if (verb !== "verify" && verb !== "export") throw new AppError("bad_arguments", USAGE);
  const chains = await readChains(folder ?? join(PROJECT_DIR, AUDIT), signal);
  const problems = chains.flatMap(({ problem }) => problem ?? []);
  for (const problem of problems) process.stderr.write(`${inert(problem)}\n`);
  if (verb === "export" && problems.length === 0)
    process.stdout.write(auditScript(chains.flatMap(({ entries }) => entries)));
  if (verb === "verify") {
    for (const chain of chains.filter(({ problem }) => problem === undefined))
      console.log(inert(summary(chain)));
    if (chains.length === 0) console.log("There is no audit yet.");
  }
  return problems.length === 0 ? 0 : 1;
}

async function readChains(folder: string, signal: AbortSignal): Promise<Chain[]> {
  if (existsSync(folder)) readdirSync(folder); // a folder that may not be read is no empty one
  const writers = SENDERS.filter((writer) => existsSync(auditPath(folder, writer)));
  return await Promise.all(writers.map((writer) => readChain(auditPath(folder, writer), writer, signal)));
}

/** Up to the first line that does not follow. */
async function readChain(file: string, writer: Sender, signal: AbortSignal): Promise<Chain> {
  const lines = createInterface({ input: createReadStream(file, { signal }), crlfDelay: 0 });
  const entries: AuditEntry[] = [];
  let number = 0;
  for await (const line of lines) {
    number++;
    const entry = parseAuditLine(line);
    const problem = auditProblem(entries.at(-1) ?? NO_LINE, entry) ?? foreign(entry, writer);
    if (problem !== undefined || !entry) {
      lines.close();
      return { writer, entries, problem: `${file}:${number} ${problem}` };
    }
    entries.push(entry);
  }
  return { writer, entries };
}

function foreign(entry: AuditEntry | undefined, writer: Sender): string | undefined {
  return entry?.writer === writer ? undefined : `is of ${entry?.writer}`;
}

function summary({ writer, entries }: Chain): string {
  const { n, hash, at } = entries.at(-1) ?? { ...NO_LINE, at: "never" };
  return `${writer}: ${n} lines, none altered; the last ${at}, ${hash}`;
}
