import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig, settings } from "../agents/base/config.ts";
import { PROJECT_DIR } from "./team/project.ts";

const template = readFileSync(join(PROJECT_DIR, ".env.template"), "utf8");
const compose = readFileSync(join(PROJECT_DIR, "docker-compose.yml"), "utf8");
const entries = [...template.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [
  name ?? "",
  value ?? "",
]);
const schema = Object.keys(settings.shape);

test("the template names every setting of the programs and of Compose, and nothing else", () => {
  const ofCompose = [...compose.matchAll(/\$\{(MINILAB_\w+)/g)].map(([, name]) => name);
  expect(entries.map(([name]) => name).sort()).toEqual([...new Set([...schema, ...ofCompose])].sort());
});

test("a copy of the template changes nothing", () => {
  expect(loadConfig(Object.fromEntries(entries))).toEqual(loadConfig({}));
});

test("the defaults that the template tells are those of the schema", () => {
  const told = [...template.matchAll(/\(([^()\s]+)\)\n((?:#.*\n)*)([A-Z_]+)=/g)].map(([, value, , name]) => [
    name,
    value,
  ]);
  const defaults = Object.entries(loadConfig({})).map(([name, value]) => [name, String(value)]);
  const known = new Map(defaults.map(([name, value]) => [name, value]));
  const checked = told.filter(([name]) => known.get(name ?? "") !== undefined);
  expect(checked.length).toBeGreaterThan(8);
  expect(checked).toEqual(checked.map(([name]) => [name, known.get(name ?? "")]));
});

test("in Compose Redis is full, and says so, before the kernel would end it", () => {
  const [, limitGb = "0"] = /^x-confined:[\s\S]*?mem_limit: (\d+)g/m.exec(compose) ?? [];
  const [, fullMb] = /--maxmemory (\d+)mb --maxmemory-policy noeviction/.exec(compose) ?? [];
  expect(Number(fullMb)).toBeLessThanOrEqual((Number(limitGb) * 1_024) / 2);
});

test("Compose hands every setting on that is not fixed in the image", () => {
  const fixed = [
    "PROJECT_DIR",
    "MINILAB_PROGRAMS",
    "WORKSPACE_LAYOUT",
    "COMPAT_PORT",
    "SANDBOX",
    "REDIS_USER",
    "TOOL_UID",
    "TOOL_GID",
    "TERRAFORM_UID",
    "PRICES_FILE", // a container has the project's prices.json, which can be edited
    "COMPAT_PORT", // a door of ./minilab up, which a container has not
  ];
  const handedOn = [...compose.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name);
  const ofAgents = schema.filter((name) => !fixed.includes(name) && name !== "AGENT_ROLE");
  expect(new Set(handedOn)).toEqual(new Set([...ofAgents, "TZ"]));
});
