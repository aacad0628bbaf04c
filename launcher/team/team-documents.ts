/**
 * The team's documents are a folder of their own: beside them in docs/ lie people's. What people know in docs/, the
 * execution logs, are links into it. The same for a checkout and for a mount of it in a container.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  type Stats,
  symlinkSync,
} from "node:fs";
import { basename, join } from "node:path";
import { AUDIT } from "../../agents/base/config.ts";
import { TEAM_DOCUMENTS } from "../../agents/base/team-documents.ts";
import { ROLES } from "../../agents/protocol/roles.ts";
import { executionLogFile } from "../../agents/runtime/execution-log.ts";

const TEAM = basename(TEAM_DOCUMENTS);
/** Where people find the audit: a link to where it is kept. */
const AUDIT_LINK = "audit";
/** What the product brings, and people's own by its name. */
const PEOPLES = [
  "architecture.md",
  "extending.md",
  "failures-covered.md",
  "lab.md",
  "images",
  "README.md",
  TEAM,
  AUDIT_LINK,
];
/** Each role's note of the session that the documents beside it are of. */
const SESSION_NOTE = /^\.session_/;

/** Makes the folder below `docs`, moves there what an earlier version kept in `docs` itself, and lays the links. */
export function openDocuments(docs: string): void {
  mkdirSync(join(docs, TEAM), { recursive: true });
  if (readdirSync(docs).some((name) => SESSION_NOTE.test(name))) moveAll(docs);
  for (const role of ROLES) linkLog(docs, basename(executionLogFile(docs, role)));
  if (!statOf(join(docs, AUDIT_LINK))) symlinkSync(join("..", AUDIT), join(docs, AUDIT_LINK));
}

/** There the team's documents lay among the others: all but the product's own is what the team knew as its folder. */
function moveAll(docs: string): void {
  for (const name of readdirSync(docs)) if (!PEOPLES.includes(name)) move(docs, name);
}

function move(docs: string, name: string): void {
  const target = join(docs, TEAM, name);
  if (!existsSync(target)) renameSync(join(docs, name), target);
}

/** Whoever keeps a file of that name after all keeps it. */
function linkLog(docs: string, name: string): void {
  if (statOf(join(docs, name))?.isFile()) move(docs, name);
  if (statOf(join(docs, name))?.isSymbolicLink()) rmSync(join(docs, name));
  if (!statOf(join(docs, name))) symlinkSync(join(TEAM, name), join(docs, name));
}

function statOf(file: string): Stats | undefined {
  return lstatSync(file, { throwIfNoEntry: false });
}
