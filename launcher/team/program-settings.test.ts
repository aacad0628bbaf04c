import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { programEnv } from "../../agents/base/config.ts";
import { openTeamSecrets } from "../../agents/base/team-secrets.ts";
import { ROLES } from "../../agents/protocol/roles.ts";
import { commonSettings, roleSettings, secretFiles, writeTeamSecrets } from "./program-settings.ts";

const ENV = {
  ...{ PATH: "/bin", LLM_MODEL: "m", MINILAB_BANNER: "b", OTHER: "o", ROOT_PW: "pw-of-root", SITE: "lab" },
  ...{
    OPENAI_API_KEY: "sk-1",
    OPENAI_API_KEY_FILE: "/key",
    SSH_KEY_FILE: "/ssh",
    VAULT_KEY_FILE: "/vault",
    TF_VAR_root_pw: "of-terraform",
  },
  ...{ READABLE_ENV: "SITE", REDIS_URL: "redis://u:of%20redis@127.0.0.1" },
};

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "program settings "));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("no program has another one's secrets in its environment (F59)", () => {
  const common = commonSettings(ENV);
  expect(common).toMatchObject({ PATH: "/bin", LLM_MODEL: "m", MINILAB_BANNER: "b" });
  for (const name of [
    "OTHER",
    "ROOT_PW",
    "SITE",
    "OPENAI_API_KEY",
    "OPENAI_API_KEY_FILE",
    "SSH_KEY_FILE",
    "VAULT_KEY_FILE",
  ])
    expect(common).not.toHaveProperty(name);
  expect(Object.keys(common).filter((name) => name.startsWith("TF_VAR_"))).toEqual([]);
});

test("each role is told what its tools work with (F59)", () => {
  const told = ROLES.map((role) => [role, roleSettings(role, ENV, directory)] as const);
  const settings = told.map(([role, { SETTINGS_FILE }]) => [role, programEnv({ SETTINGS_FILE })] as const);
  const values = settings.map(([role, { SETTINGS_FILE: _, ...own }]) => [role, own]);
  expect(Object.fromEntries(values)).toEqual({
    Architect_Zero: {},
    DevOps_Builder: { SITE: "lab", TF_VAR_root_pw: "of-terraform" },
    Security_Sentinel: { SITE: "lab" },
    QA_Tester: {},
  });
  expect(told.filter(([, own]) => own["SSH_KEY_FILE"]).map(([role]) => role)).toEqual([
    "DevOps_Builder",
    "QA_Tester",
  ]);
  const vaults = told.filter(([, own]) => own["VAULT_KEY_FILE"]).map(([role]) => role);
  expect(vaults).toEqual(["DevOps_Builder"]);
  for (const [, { SETTINGS_FILE }] of told) expect(statSync(SETTINGS_FILE ?? "").mode & 0o777).toBe(0o400);
});

test("all of them know what to hide: of the settings, and of the files that these name (F59)", () => {
  writeFileSync(join(directory, "key"), "the private key\n");
  writeFileSync(join(directory, "vault"), "the vault's key\n");
  writeFileSync(join(directory, "guests"), "the guests' key\n");
  const files = secretFiles(
    directory,
    { SSH_KEY_FILE: "key", GUEST_KEY_FILE: "guests", VAULT_KEY_FILE: "vault" },
    { OPENAI_API_KEY_FILE: "none" },
  );
  writeTeamSecrets(join(directory, "secrets"), ENV, files);
  const hidden = openTeamSecrets(join(directory, "secrets")).news();
  expect([...hidden].sort()).toEqual([
    "of redis",
    "of-terraform",
    "sk-1",
    "the guests' key",
    "the private key",
    "the vault's key",
  ]);
  expect(readFileSync(join(directory, "secrets/given"), "utf8")).not.toContain("pw-of-root");
});
