/**
 * The rule of who may import whom, as a function over sources: a file imports from its own folder and from the
 * folders named for it, never sideways; each outside library has one home.
 */

import { posix } from "node:path";

/** Path from the project's root to source text. */
export type Sources = ReadonlyMap<string, string>;

const AGENT_ROOMS = [
  "base",
  "redact",
  "protocol",
  "bus",
  "host/files",
  "host/commands",
  "host/nodes",
  "host/web",
  "governance",
  "tools",
  "runtime",
].map((room) => `agents/${room}`);
const HOST = AGENT_ROOMS.filter((room) => room.startsWith("agents/host/"));
const BELOW_TEST = [...AGENT_ROOMS, "agents/testing", "client", "lab", "launcher/team", "launcher/recording"];

/** Which folders a folder may import from, besides itself. A folder that is not named is part of the one above it. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "agents/base": [],
  "agents/redact": ["agents/base"],
  "agents/protocol": ["agents/base", "agents/redact"],
  "agents/bus": ["agents/base", "agents/redact", "agents/protocol"],
  "agents/host/files": ["agents/base", "agents/redact"],
  "agents/host/commands": ["agents/base", "agents/redact", "agents/host/files"],
  "agents/host/nodes": ["agents/base", "agents/redact", "agents/host/files", "agents/host/commands"],
  "agents/host/web": ["agents/base", "agents/redact"],
  "agents/testing": AGENT_ROOMS,
  "agents/governance": ["agents/base", "agents/protocol"],
  "agents/tools": ["agents/base", "agents/redact", "agents/protocol", ...HOST, "agents/governance"],
  "agents/runtime": AGENT_ROOMS,
  agents: AGENT_ROOMS,
  client: ["agents/base", "agents/redact", "agents/protocol", "agents/bus", "agents/governance"],
  lab: ["agents/base", "agents/redact", "agents/protocol", "agents/bus", ...HOST],
  "launcher/team": [...AGENT_ROOMS, "client", "lab"],
  "launcher/recording": [...AGENT_ROOMS, "launcher/team"],
  "test/rig": BELOW_TEST,
  "test/bench": [...BELOW_TEST, "test/rig"],
  "test/attacks": [...BELOW_TEST, "test/rig"],
  "test/checks": [...BELOW_TEST, "test/rig", "test/attacks"],
  launcher: [
    ...AGENT_ROOMS,
    "client",
    "lab",
    "launcher/team",
    "launcher/recording",
    "test/rig",
    "test/bench",
    "test/attacks",
    "test/checks",
  ],
};

/** A library, and the only file (in the lab: the only folder) that may import it. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  ioredis: ["agents/bus/redis-connection.ts"],
  execa: ["agents/host/commands/runner.ts"],
  ssh2: ["agents/host/nodes/ssh.ts", "lab/node/"],
  pino: ["agents/redact/log.ts"],
  dotenv: ["agents/base/config.ts"],
  openai: ["agents/runtime/model.ts"],
  "@langchain/openai": ["agents/runtime/model.ts"],
  "@langchain/core": ["agents/runtime/model.ts"],
  "@secretlint/secretlint-rule-preset-recommend": ["agents/redact/redact-patterns.ts"],
  "request-filtering-agent": ["agents/host/web/fetch-page.ts"],
  turndown: ["agents/host/web/readable-text.ts"],
  linkedom: ["agents/host/web/readable-text.ts"],
  recheck: ["agents/testing/expression-rule.ts"],
  unbash: ["agents/governance/shell-parser.ts"],
  yaml: ["agents/governance/yaml-text.ts", "lab/model/scenario.ts", "lab/guests/user-data.ts"],
  esbuild: ["launcher/team/bundle.ts", "launcher/team/bundle-plugins.ts"],
};

/** Sentences that name what breaks the rule; none when all is well. Test files answer for themselves. */
export function brokenImports(sources: Sources): string[] {
  return [...sources].flatMap(([file, source]) => {
    if (isTestFile(file)) return [];
    return importsOf(source).flatMap((target) => problemOf(file, target) ?? []);
  });
}

function problemOf(file: string, target: string): string | undefined {
  if (target.startsWith("node:")) return undefined;
  if (!target.startsWith(".")) {
    const library = target.split("/", target.startsWith("@") ? 2 : 1).join("/");
    const homes = HOMES[library];
    return !homes || homes.some((home) => file.startsWith(home)) || file.startsWith("test/")
      ? undefined
      : `${file} imports ${library}, whose home is ${homes.join(", ")}`;
  }
  const to = roomOf(new URL(target, `file:///${file}`).pathname.slice(1));
  const from = roomOf(file);
  const isAllowed = to === from || ALLOWED[from]?.includes(to);
  return isAllowed ? undefined : `${file} imports ${target}: ${from} may not import from ${to}`;
}

/** Files that import each other in a circle, types included: `a.ts -> b.ts -> a.ts`, each circle once. */
export function circles(sources: Sources): string[] {
  const found = new Map<string, string>();
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) {
      const circle = path.slice(at);
      found.set(circle.toSorted().join(), [...circle, file].join(" -> "));
    }
    if (at >= 0 || done.has(file)) return;
    for (const target of importsOf(sources.get(file) ?? "")) {
      if (target.startsWith(".")) visit(posix.join(posix.dirname(file), target), [...path, file]);
    }
    done.add(file);
  };
  for (const file of sources.keys()) visit(file, []);
  return [...found.values()];
}

/** The folder that the rule speaks of: the innermost one that it names. */
function roomOf(file: string): string {
  for (let folder = posix.dirname(file); folder !== "."; folder = posix.dirname(folder))
    if (folder in ALLOWED) return folder;
  return file.split("/")[0] ?? "";
}

export function isTestFile(file: string): boolean {
  return file.endsWith(".test.ts") || file.endsWith("/testing.ts") || file.includes("/testing/");
}

function importsOf(source: string): string[] {
  const statements = source.matchAll(
    /^(?:import|export) [^"';{}\n\r\u2028\u2029]*(?:\{[^"';{}]*\})? ?from "([^"]+)"|^import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm,
  );
  return [...statements].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? "");
}

/** Programs may use the process's own arguments, environment and terminal; everything else is given them. */
export function strayProcessUse(sources: Sources, programs: (file: string) => boolean): string[] {
  return [...sources].flatMap(([file, source]) => {
    if (isTestFile(file) || programs(file)) return [];
    const code = withoutComments(source);
    const use = /\bprocess\.(env|argv|exit|exitCode|stdin|stdout|on|once|cwd)\b/.exec(code);
    return use ? [`${file} uses ${use[0]}: only programs do`] : [];
  });
}

/** One that is not closed reaches to the end. */
export function withoutComments(source: string): string {
  return source.replace(/\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$)|\/\/[^\n]*/g, "");
}
