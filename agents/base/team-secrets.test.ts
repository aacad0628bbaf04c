import { appendFileSync, chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { giveTeamSecrets, openTeamSecrets } from "./team-secrets.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "team-secrets-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("what is given is known once, in files that only their owner reads (F59)", () => {
  giveTeamSecrets(directory, ["one\nof two lines", "two", "two"]);
  const secrets = openTeamSecrets(directory);
  expect(secrets.news()).toEqual(["one\nof two lines", "two"]);
  expect(secrets.news()).toEqual([]);
  expect(statSync(join(directory, "given")).mode & 0o777).toBe(0o400);
});

test("what one process learns the others know at their next look, and after a restart (F59)", () => {
  giveTeamSecrets(directory, []);
  const [builder, sentinel] = [openTeamSecrets(directory), openTeamSecrets(directory)];
  expect(sentinel.news()).toEqual([]);
  builder.learn(["generated-1", ""]);
  expect(sentinel.news()).toEqual(["generated-1"]);
  builder.learn(["generated-2"]);
  expect(sentinel.news()).toEqual(["generated-2"]);
  giveTeamSecrets(directory, ["given"]);
  expect(openTeamSecrets(directory).news()).toEqual(["given", "generated-1", "generated-2"]);
  expect(statSync(join(directory, "learned")).mode & 0o777).toBe(0o600);
});

test("a line that a crash has cut hides nothing of the next ones", () => {
  giveTeamSecrets(directory, []);
  appendFileSync(join(directory, "learned"), '"half of a val');
  const secrets = openTeamSecrets(directory);
  expect(secrets.news()).toEqual([]);
  secrets.learn(["whole"]);
  expect(secrets.news()).toEqual(["whole"]);
});

test("a folder that is missing, empty or open to others is an error that names it", () => {
  expect(() => openTeamSecrets(join(directory, "none"))).toThrow(/TEAM_SECRETS_DIR: .*none/);
  expect(() => openTeamSecrets(directory)).toThrow("cannot be read");
  giveTeamSecrets(directory, []);
  chmodSync(directory, 0o750);
  expect(() => openTeamSecrets(directory)).toThrow("chmod 700");
});

test("without a folder a process knows what it has learned itself", () => {
  const secrets = openTeamSecrets(undefined);
  secrets.learn(["x"]);
  expect(openTeamSecrets(undefined).news()).toEqual([]);
  expect(secrets.news()).toEqual(["x"]);
  expect(secrets.news()).toEqual([]);
});
