/**
 * Gives each program in a container what it alone may know, as files of mode 0400 in volumes: passwords for the bus, the
 * model's key, the nodes' key, Terraform's variables. Runs to its end as root before the others start; nothing of it is
 * in their environment.
 */
import * as fs from "node:fs";
import { join, relative, resolve } from "node:path";
import { type Config, type Env, loadConfig } from "../agents/base/config.ts";
import { AppError, describeError } from "../agents/base/errors.ts";
import { ROLES } from "../agents/protocol/roles.ts";
import { makeIdentities, type Owner } from "./team/bus-identities.ts";
import { archiveOlderRecords } from "./team/older-records.ts";

export type Volumes = {
  /** Redis' own files, and a folder for each identity on the bus. */
  identities: string;
  /** What DevOps_Builder and QA_Tester have as /app/tmp. */
  nodes: string;
  /** The operator's tmp/, or that of the simulated cluster; only read. */
  keys: string;
  /** Redis' data, while it does not run. */
  records: string;
};

export type Owners = { team: Owner; redis: Owner };

/** Passwords that are there are kept, all else is written anew. AppError `bad_config`. */
export function writeCredentials(
  env: Env,
  { identities, nodes, keys, records }: Volumes,
  { team, redis }: Owners,
): void {
  const config = loadConfig(env);
  makeIdentities(identities, config.BUS_MODE, team);
  for (const path of ["health", "health/password"]) give(redis, join(identities, path));
  for (const name of [...ROLES, "console"]) closeFolder(team, join(identities, name));
  for (const role of ROLES) write(team, join(identities, role, "openai-api-key"), config.OPENAI_API_KEY);
  write(team, join(identities, "DevOps_Builder/settings.env"), settingsFile(env, config.READABLE_ENV));
  write(team, join(identities, "console/notice"), archiveOlderRecords(records));
  give(redis, records); // Docker has made it for root when this mounts it first
  closeFolder(team, nodes);
  for (const path of [config.SSH_KEY_FILE, config.PROXMOX_CA_FILE]) copy(team, path, [keys, nodes]);
  copyPins(team, config, [keys, nodes]);
}

/** Terraform's variables and what read_env may show, as a `.env` file. */
function settingsFile(env: Env, readable: readonly string[]): string {
  const names = Object.keys(env).filter((name) => name.startsWith("TF_VAR_") || readable.includes(name));
  return names.map((name) => `${name}=${quoted(name, env[name] ?? "")}\n`).join("");
}

/** What stands between these quotes means itself. */
function quoted(name: string, value: string): string {
  const quote = ["'", "`"].find((mark) => !value.includes(mark));
  if (quote !== undefined) return `${quote}${value}${quote}`;
  throw new AppError("bad_config", `${name}: a value with both ' and \` cannot be handed on`);
}

type Way = readonly [from: string, to: string];

/** What a setting names under tmp/; no container sees what is elsewhere. */
function copy(owner: Owner, path: string | undefined, [from, to]: Way): void {
  const name = underTmp(path);
  if (name === undefined) return;
  const source = join(from, name);
  write(owner, join(to, name), fs.existsSync(source) ? fs.readFileSync(source) : undefined);
}

/** The agents pin host keys as well: the operator's list replaces theirs when it is the newer one. */
function copyPins(owner: Owner, { KNOWN_NODES_FILE }: Config, way: Way): void {
  const name = underTmp(KNOWN_NODES_FILE);
  if (name === undefined) return;
  const [given = 0, kept = 0] = way.map(
    (folder) => fs.statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs,
  );
  if (given <= kept) return;
  copy(owner, KNOWN_NODES_FILE, way);
  fs.chmodSync(join(way[1], name), 0o600);
}

function underTmp(path = "/"): string | undefined {
  const name = relative("/app/tmp", resolve("/app", path));
  return name.startsWith("..") ? undefined : name;
}

/** Whole or not at all; nothing to write means that there is no file. */
function write(owner: Owner, file: string, content: string | Buffer | undefined): void {
  fs.rmSync(content === undefined ? file : `${file}.new`, { force: true });
  if (content === undefined) return;
  fs.writeFileSync(`${file}.new`, content, { mode: 0o400 });
  give(owner, `${file}.new`);
  fs.renameSync(`${file}.new`, file);
}

function closeFolder(owner: Owner, folder: string): void {
  fs.chmodSync(folder, 0o700);
  give(owner, folder);
}

function give({ uid, gid }: Owner, path: string): void {
  fs.chownSync(path, uid, gid);
}

function parseOwner(text = ""): Owner {
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(text) ?? [];
  if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  throw new AppError("bad_arguments", "usage: container-credentials TEAM_UID:TEAM_GID REDIS_UID:REDIS_GID");
}

/** The places are those of docker-compose.yml. */
if (import.meta.main) {
  try {
    const [team, redis] = process.argv.slice(2);
    const volumes = { identities: "/identities", nodes: "/nodes", keys: "/keys", records: "/records" };
    writeCredentials(process.env, volumes, { team: parseOwner(team), redis: parseOwner(redis) });
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n`);
    process.exitCode = 1;
  }
}
