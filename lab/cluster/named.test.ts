/** Names that every object of this language has are names as any other: they stand for nothing until somebody gives them. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { fromForm } from "../api/request-body.ts";
import { createTestCluster, type TestCluster } from "./testing.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = createTestCluster("day3");
});
afterEach(() => cluster.remove());

const NAMES = ["constructor", "__proto__", "toString"];

function said(command: string): string {
  const { exitCode, stdout, stderr } = cluster.on("pve1", command);
  return `${exitCode} ${stdout}${stderr}`;
}

it.each(NAMES)("knows nothing called %s", (name) => {
  expect(said(`pvesh get /access/groups/${name}`)).toMatch(/^2 .*group '.*' does not exist/s);
  expect(said(`pveum role delete ${name}`)).toMatch(/^\d+ .*does not exist/s);
  expect(said(`pvesh get /pools/${name}`)).toMatch(/^\d+ .*no such pool|does not exist/s);
  expect(said(`pveum user modify root@pam --groups ${name}`)).toContain(`no such group '${name}'`);
  expect(said(`pvesh get /cluster/acme/account/${name}`)).not.toMatch(/^0 /);
  expect(said(`pvesh get /cluster/ha/rules/${name}`)).not.toMatch(/^0 /);
  expect(said(`pvesh get /cluster/sdn/zones/${name}`)).not.toMatch(/^0 /);
  expect(said(`pvesh get /version --${name} 1`)).not.toMatch(/^0 /);
  expect(said(`qm importovf 777 ${name} local`)).toContain("non-existent");
  expect(said(`systemctl is-active ${name}`)).toMatch(/inactive/);
  expect(said(`systemctl ${name}`)).not.toMatch(/^0 /);
});

it.each(NAMES)("keeps a group, a role and a pool called %s", (name) => {
  for (const command of [
    `pveum group add ${name} --comment mine`,
    `pveum role add ${name} --privs VM.Audit`,
    `pvesh create /pools --poolid ${name} --comment mine`,
  ])
    expect(said(command)).toBe("0 ");
  const { sections } = cluster.store.state();
  expect(
    ["groups", "roles", "pools"].map((kind) => Object.keys(sections[kind] ?? {}).includes(name)),
  ).toEqual([true, true, true]);
  expect(said(`pveum group add ${name}`)).toContain("already exists");
  expect(said(`pveum role add ${name}`)).toContain("already exists");
  expect(said(`pveum pool add ${name}`)).toContain("already exists");
});

it.each(NAMES)("reads a form's field called %s as it was sent", (name) => {
  expect(Object.entries(fromForm(`${name}=1&a=2&a=3`))).toEqual([
    [name, "1"],
    ["a", "2\u00003"],
  ]);
});
