/** What a version with another format of records left: kept under a name beside the new ones, never loaded, told. */
import { existsSync, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { RECORDS_FOLDER } from "../../agents/bus/redis-conf.ts";

/** Folders of Redis' append-only file: that of the first format, and those named by their format. */
const RECORDS = /^(?:appendonlydir|records-\d+)$/;

/**
 * Rename what is in the directory of a Redis that does not run; redis-server would not load it anyway. Returns what the
 * operator is to be told, or undefined when there was nothing.
 */
export function archiveOlderRecords(directory: string): string | undefined {
  const folders = existsSync(directory) ? readdirSync(directory) : [];
  const older = folders.filter((name) => RECORDS.test(name) && name !== RECORDS_FOLDER);
  const archived = older.map((name) => archive(directory, name));
  if (archived.length === 0) return undefined;
  return `Sessions of an older version are kept, and not resumed: ${archived.join(", ")}`;
}

function archive(directory: string, name: string): string {
  const lastUsed = statSync(join(directory, name)).mtime.toISOString().replaceAll(/[:.]/g, "-");
  const target = join(directory, `archived-${name}-${lastUsed}`);
  renameSync(join(directory, name), target);
  return target;
}
