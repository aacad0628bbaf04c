import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readEnv } from "../agents/base/config.ts";
import { openTeamSecrets } from "../agents/base/team-secrets.ts";
import { ROLES } from "../agents/protocol/roles.ts";
import { didLess } from "../agents/testing/did-less.ts";
import { writeCredentials } from "./container-credentials.ts";
import { PROJECT_DIR } from "./team/project.ts";

const isRoot = process.getuid?.() === 0;
const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
if (!isRoot) didLess("no credentials were given to another user: run the tests as root");
const owners = isRoot
  ? { team: { uid: 1234, gid: 1235 }, redis: { uid: 999, gid: 998 } }
  : { team: self, redis: self };

let base: string;
const place = (path: string) => join(base, path);
const read = (path: string) => readFileSync(place(path), "utf8");
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "container credentials "));
  for (const folder of ["identities", "nodes", "keys", "records", "secrets"]) mkdirSync(place(folder));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function run(env: Record<string, string>): void {
  const folders = { identities: place("identities"), nodes: place("nodes"), keys: place("keys") };
  const given = { records: place("records"), modelKey: place("model-key"), secrets: place("secrets") };
  const volumes = { ...folders, ...given };
  writeCredentials(env, volumes, owners);
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(place(folder), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

test("every secret is a file of mode 0400 in a closed folder, and belongs to who needs it (F59)", () => {
  writeFileSync(place("keys/bootstrap_key"), "the key\n", { mode: 0o600 });
  run({ OPENAI_API_KEY: "sk-canary", TF_VAR_token: "t" });
  const secrets = [...filesBelow("identities"), ...filesBelow("nodes")].filter(
    (file) => !file.endsWith("users.acl"),
  );
  expect(secrets).toHaveLength(ROLES.length * 3 + 7);
  for (const file of secrets) {
    const owner = /\/(health|starter)\//.test(file) ? owners.redis : owners.team;
    expect(statSync(file), file).toMatchObject({ ...owner, mode: 0o100400 });
    expect(statSync(join(file, "..")), file).toMatchObject({ ...owner, mode: 0o40700 });
  }
  for (const role of ROLES) expect(read(`identities/${role}/openai-api-key`)).toBe("sk-canary");
  expect(read("nodes/bootstrap_key")).toBe("the key\n");
});

test("Terraform's variables and readable settings go to whose tools take them, whatever their values hold (F59)", () => {
  const values = {
    TF_VAR_a: "it's $HOME \\n",
    TF_VAR_b: 'two\nlines "quoted" `ticks`',
    SITE: "lab",
    OTHER: "x",
  };
  run({ ...values, READABLE_ENV: "SITE" });
  const settingsOf = (role: string) => {
    writeFileSync(place(".env"), read(`identities/${role}/settings.env`));
    return readEnv({}, base);
  };
  const { OTHER: _, ...handedOn } = values;
  expect(settingsOf("DevOps_Builder")).toEqual(handedOn);
  expect(settingsOf("Security_Sentinel")).toEqual({ SITE: "lab" });
  for (const role of ["Architect_Zero", "QA_Tester"]) expect(settingsOf(role)).toEqual({});
  expect(() => run({ TF_VAR_c: "'`" })).toThrow("TF_VAR_c");
});

test("a second run keeps the passwords, and what is no longer given is gone", () => {
  writeFileSync(place("keys/bootstrap_key"), "the key\n");
  run({ OPENAI_API_KEY: "sk-canary" });
  const password = read("identities/console/password");
  const guestKey = read("nodes/guest_key");
  rmSync(place("keys/bootstrap_key"));
  run({});
  expect(read("identities/console/password")).toBe(password);
  expect(filesBelow("identities").filter((file) => file.endsWith("openai-api-key"))).toEqual([]);
  expect(
    filesBelow("nodes")
      .map((file) => basename(file))
      .sort(),
  ).toEqual(["guest_key", "guest_key.pub"]);
  expect(read("nodes/guest_key")).toBe(guestKey);
  expect(read("nodes/guest_key.pub")).toBe(read("identities/console/guest_key.pub"));
});

test("pins of the agents stay until the operator gives newer ones (F65)", () => {
  writeFileSync(place("nodes/known_nodes"), "theirs\n");
  run({});
  expect(read("nodes/known_nodes")).toBe("theirs\n");
  writeFileSync(place("keys/known_nodes"), "the operator's\n");
  utimesSync(place("keys/known_nodes"), new Date(), new Date(Date.now() + 60_000));
  run({});
  expect(read("nodes/known_nodes")).toBe("the operator's\n");
  expect(statSync(place("nodes/known_nodes"))).toMatchObject({ ...owners.team, mode: 0o100600 });
});

test("what an older version left in Redis' volume is kept under a name, and told to the console once", () => {
  mkdirSync(place("records/appendonlydir"));
  writeFileSync(place("records/appendonlydir/appendonly.aof.1.incr.aof"), "theirs");
  run({});
  const [archived = ""] = readdirSync(place("records"));
  expect(archived).toMatch(/^archived-appendonlydir-/);
  expect(read(`records/${archived}/appendonly.aof.1.incr.aof`)).toBe("theirs");
  expect(read("identities/console/notice")).toContain(archived);
  run({});
  expect(filesBelow("identities").some((file) => file.endsWith("notice"))).toBe(false);
  expect(readdirSync(place("records"))).toEqual([archived]);
});

test("nothing outside of the operator's folder is copied", () => {
  writeFileSync(place("outside"), "not yours");
  run({ SSH_KEY_FILE: "tmp/../../outside", PROXMOX_CA_FILE: place("outside"), KNOWN_NODES_FILE: "outside" });
  expect(filesBelow("nodes").filter((file) => !file.includes("guest_key"))).toEqual([]);
});

test("as a program it says in a line what it is not told", () => {
  const program = join(PROJECT_DIR, "launcher/container-credentials.ts");
  const { status, stderr } = spawnSync(process.execPath, [program, "1000:1000", "redis"], {
    env: {},
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("usage:") });
});

test("the key can be in a file outside, and an empty one is told (F59)", () => {
  writeFileSync(place("model-key"), "sk-of-the-file\n", { mode: 0o400 });
  run({ OPENAI_API_KEY_FILE: "keys/of/the/host" });
  for (const role of ROLES) expect(read(`identities/${role}/openai-api-key`)).toBe("sk-of-the-file");
  rmSync(place("model-key"));
  writeFileSync(place("model-key"), "\n");
  expect(() => run({})).toThrow("OPENAI_API_KEY_FILE names an empty file");
});

test("every process is told what all of them hide, in a folder that is the team's alone (F59)", () => {
  writeFileSync(place("keys/bootstrap_key"), "the key\n", { mode: 0o600 });
  writeFileSync(place("keys/pve-root-ca.pem"), "a certificate\n");
  const terraform = { TF_VAR_root_pw: "of-terraform", TF_VAR_site: "no-secret", READABLE_ENV: "TF_VAR_site" };
  run({ ...terraform, OPENAI_API_KEY: "sk-canary", PROXMOX_CA_FILE: "tmp/pve-root-ca.pem" });
  const hidden = openTeamSecrets(place("secrets")).news();
  expect(hidden).toEqual(expect.arrayContaining(["of-terraform", "sk-canary", "the key"]));
  expect(hidden).not.toContain("no-secret");
  expect(hidden).not.toContain("a certificate");
  for (const name of [...ROLES, "console"]) expect(hidden).toContain(read(`identities/${name}/password`));
  expect(statSync(place("secrets"))).toMatchObject({ ...owners.team, mode: 0o40700 });
  expect(statSync(place("secrets/given"))).toMatchObject({ ...owners.team, mode: 0o100400 });
});
