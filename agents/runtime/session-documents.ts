/**
 * Documents belong to a session: what was written in an earlier one is put away under its name before the first turn of
 * the next, so that nobody takes the requirements of the last mission for those of this one. By the time at which a file
 * was last written; files from before that session stay.
 */
import { lstat, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Role } from "../protocol/roles.ts";

/** In the folder of documents: what earlier sessions have written. */
export const SESSIONS_FOLDER = "sessions";
/** What the runtime keeps, and where the old ones are. */
const KEPT = /^(?:\..*|execution_log_\w+\.md|tool_output|plans|sessions)$/;
/** Of another user, on a file system that is read only, or moved by another role meanwhile. */
const NOT_OURS = ["EACCES", "EPERM", "EROFS", "ENOENT", "ENOTEMPTY", "EEXIST"];

export class SessionDocuments {
  readonly #docs: string;
  readonly #marker: string;
  #session: string | undefined;

  /** `docs` is the real folder. Each role moves what it may. */
  constructor(docs: string, role: Role) {
    this.#docs = docs;
    this.#marker = join(docs, `.session_${role}`);
  }

  /** Before a turn of this session. */
  async begin(session: string): Promise<void> {
    if (session === this.#session) return;
    const earlier = this.#session ?? (await this.#lastSession());
    if (earlier !== undefined && earlier !== session) await this.#putAway(earlier, session);
    await orNotOurs(writeFile(this.#marker, session, { mode: 0o644 }));
    this.#session = session;
  }

  async #lastSession(): Promise<string | undefined> {
    const name = await readFile(this.#marker, "utf8").catch(() => ""); // the first session of all
    return beginOf(name) === undefined ? undefined : name;
  }

  async #putAway(earlier: string, session: string): Promise<void> {
    const [from, until] = [beginOf(earlier), beginOf(session)];
    if (from === undefined || until === undefined) return;
    const folder = join(this.#docs, SESSIONS_FOLDER, earlier);
    const names = (await readdir(this.#docs)).filter((name) => !KEPT.test(name));
    for (const name of names) {
      const file = join(this.#docs, name);
      const written = (await orNotOurs(lstat(file)))?.mtimeMs ?? 0;
      if (written < from || written >= until) continue;
      if (await isOwnFolder(this.#docs, folder)) await orNotOurs(rename(file, join(folder, name)));
    }
  }
}

/** Made when missing. A command of the team may have put a link in its place: nothing is moved through one. */
async function isOwnFolder(docs: string, folder: string): Promise<boolean> {
  await orNotOurs(mkdir(join(docs, SESSIONS_FOLDER)));
  if (!(await lstat(join(docs, SESSIONS_FOLDER))).isDirectory()) return false;
  await orNotOurs(mkdir(folder));
  return (await orNotOurs(lstat(folder)))?.isDirectory() ?? false;
}

/** Sessions are named by the second of their beginning, in UTC: `20261122-201500-3fa2c1`. Undefined for other names. */
function beginOf(session: string): number | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-\w{1,32}$/.exec(session);
  if (!found) return undefined;
  const [, year, month, day, hour, minute, second] = found.map(Number) as number[];
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
}

async function orNotOurs<T>(attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (error) {
    if (NOT_OURS.includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
