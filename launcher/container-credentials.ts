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
import { PERMISSIONS } from "../agents/tools/permissions.ts";
import { makeIdentities, type Owner } from "./team/bus-identities.ts";
import { keepGuestKey } from "./team/guest-key.ts";
import { archiveOlderRecords } from "./team/older-records.ts";
import { settingsFile, writeTeamSecrets } from "./team/program-settings.ts";

export type Volumes = {
  /** Redis' own files, and a folder for each identity on the bus. */
  identities: string;
  /** What DevOps_Builder and QA_Tester have as /app/tmp. */
  nodes: string;
  /** The operator's tmp/, or that of the simulated cluster; only read. */
  keys: string;
  /** Redis' data, while it does not run. */
  records: string;
  /** What every process of the team has to hide. */
  secrets: string;
  /** The file that OPENAI_API_KEY_FILE names outside; no plain file when it names none. */
  modelKey: string;
};

/** As docker-compose.yml names it. */
const GUEST_KEY = "guest_key";

export type Owners = { team: Owner; redis: Owner };

/** Passwords that are there are kept, all else is written anew. AppError `bad_config`. */
export function writeCredentials(env: Env, volumes: Volumes, { team, redis }: Owners): void {
  const { identities, nodes, keys, records } = volumes;
  const config = loadConfig(env);
  makeIdentities(identities, config.BUS_MODE, team);
  for (const name of ["health", "starter"])
    for (const path of [name, `${name}/password`]) give(redis, join(identities, path));
  for (const name of [...ROLES, "console"]) closeFolder(team, join(identities, name));
  const key = modelKeyOf(config, volumes.modelKey);
  for (const role of ROLES) {
    write(team, join(identities, role, "openai-api-key"), key);
    write(team, join(identities, role, "settings.env"), settingsFile(role, env));
    if (PERMISSIONS[role]["run_terraform"] === "full")
      write(team, join(identities, role, "proxmox-token"), underKeys(config.PROXMOX_TOKEN_FILE, keys));
  }
  write(team, join(identities, "console/notice"), archiveOlderRecords(records));
  give(redis, records); // Docker has made it for root when this mounts it first
  closeFolder(team, nodes);
  for (const path of [config.SSH_KEY_FILE, config.VAULT_KEY_FILE, config.PROXMOX_CA_FILE])
    copy(team, path, [keys, nodes]);
  copyPins(team, config, [keys, nodes]);
  giveGuestKey(team, volumes);
  giveSecrets(env, team, volumes);
}

/** The file that OPENAI_API_KEY_FILE names outside, else OPENAI_API_KEY. */
function modelKeyOf({ OPENAI_API_KEY }: Config, file: string): string | undefined {
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return OPENAI_API_KEY;
  const key = fs.readFileSync(file, "utf8").trim();
  if (key === "") throw new AppError("bad_config", "OPENAI_API_KEY_FILE names an empty file");
  return key;
}

/** For every process: what is secret in the settings, and what is in the files that were just written. */
function giveSecrets(env: Env, team: Owner, { secrets, identities, nodes }: Volumes): void {
  const files = [...ROLES, "console"].map((name) => join(identities, name, "password"));
  const keys = fs.readdirSync(nodes).map((name) => join(nodes, name));
  const isPublic = (file: string) => /known_(?:nodes|guests)$|\.(?:pem|pub)$/.test(file);
  const key = join(identities, ROLES[0], "openai-api-key");
  const closed = keys.filter((file) => !isPublic(file) && fs.statSync(file).isFile());
  writeTeamSecrets(secrets, env, [...files, ...closed, key]);
  closeFolder(team, secrets);
  give(team, join(secrets, "given"));
}

/** Made once, in the volume that stays; the console has its public half. */
function giveGuestKey(owner: Owner, { nodes, identities }: Volumes): void {
  const file = join(nodes, GUEST_KEY);
  const publicKey = keepGuestKey(file);
  for (const half of [file, `${file}.pub`]) {
    fs.chmodSync(half, 0o400);
    give(owner, half);
  }
  write(owner, join(identities, "console", `${GUEST_KEY}.pub`), `${publicKey}\n`);
}

type Way = readonly [from: string, to: string];

/** What a setting names under tmp/; no container sees what is elsewhere. */
function copy(owner: Owner, path: string | undefined, [from, to]: Way): void {
  const name = underTmp(path);
  if (name !== undefined) write(owner, join(to, name), underKeys(path, from));
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

function underKeys(path: string | undefined, keys: string): Buffer | undefined {
  const name = underTmp(path);
  const file = name === undefined ? undefined : join(keys, name);
  return file !== undefined && fs.existsSync(file) ? fs.readFileSync(file) : undefined;
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
    const given = { keys: "/keys", modelKey: "/model-key", records: "/records" };
    const volumes = { ...given, identities: "/identities", nodes: "/nodes", secrets: "/secrets" };
    writeCredentials(process.env, volumes, { team: parseOwner(team), redis: parseOwner(redis) });
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n`);
    process.exitCode = 1;
  }
}
