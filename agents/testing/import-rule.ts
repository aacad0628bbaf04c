/**
 * The rule of who may import whom, as a function over sources: a file imports from its own folder and from the
 * folders named for it, never sideways; each outside library has one home.
 */

/** Path from the project's root to source text. */
export type Sources = ReadonlyMap<string, string>;

const AGENT_ROOMS = ["base", "protocol", "bus", "host", "governance", "tools", "runtime"] as const;

/** Which folders a folder may import from, besides itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "agents/base": [],
  "agents/protocol": ["agents/base"],
  "agents/bus": ["agents/base", "agents/protocol"],
  "agents/host": ["agents/base"],
  "agents/governance": ["agents/base", "agents/protocol"],
  "agents/tools": ["agents/base", "agents/protocol", "agents/host", "agents/governance"],
  "agents/runtime": AGENT_ROOMS.map((room) => `agents/${room}`),
  agents: AGENT_ROOMS.map((room) => `agents/${room}`),
  client: ["agents/base", "agents/protocol", "agents/bus"],
  lab: ["agents/base", "agents/protocol", "agents/bus", "agents/host"],
  launcher: [
    "agents/base",
    "agents/protocol",
    "agents/bus",
    "agents/host",
    "agents/runtime",
    "client",
    "lab",
  ],
  bench: [...AGENT_ROOMS.map((room) => `agents/${room}`), "agents/testing", "client", "lab", "launcher"],
};

/** A library, and the only file (in the lab: the only folder) that may import it. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  ioredis: ["agents/bus/redis-store.ts"],
  execa: ["agents/host/runner-process.ts"],
  ssh2: ["agents/host/ssh.ts", "lab/node/"],
  pino: ["agents/base/log.ts"],
  dotenv: ["agents/base/config.ts"],
  openai: ["agents/runtime/model.ts"],
  "@langchain/openai": ["agents/runtime/model.ts"],
  "@langchain/core": ["agents/runtime/model.ts"],
  "@secretlint/secretlint-rule-preset-recommend": ["agents/base/redact-patterns.ts"],
  "request-filtering-agent": ["agents/host/web.ts"],
  turndown: ["agents/host/markdown.ts"],
  linkedom: ["agents/host/markdown.ts"],
  yaml: ["lab/model/scenario.ts"],
  esbuild: ["launcher/bundle.ts"],
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
    return !homes || homes.some((home) => file.startsWith(home)) || file.startsWith("bench/")
      ? undefined
      : `${file} imports ${library}, whose home is ${homes.join(", ")}`;
  }
  const to = roomOf(new URL(target, `file:///${file}`).pathname.slice(1));
  const from = roomOf(file);
  const isAllowed = to === from || ALLOWED[from]?.includes(to);
  return isAllowed ? undefined : `${file} imports ${target}: ${from} may not import from ${to}`;
}

/** The folder that the rule speaks of: one of the agents' rooms, or a top folder with all below it. */
function roomOf(file: string): string {
  const parts = file.split("/");
  return parts[0] === "agents" ? parts.slice(0, Math.min(2, parts.length - 1)).join("/") : (parts[0] ?? "");
}

function isTestFile(file: string): boolean {
  return file.endsWith(".test.ts") || file.startsWith("agents/testing/") || file.includes("/testing/");
}

function importsOf(source: string): string[] {
  const statements = source.matchAll(
    /^(?:import|export)\b[^"';]*?\bfrom\s*"([^"]+)"|^import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm,
  );
  return [...statements].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? "");
}

/** Programs may use the process's own arguments, environment and terminal; everything else is given them. */
export function strayProcessUse(sources: Sources, programs: (file: string) => boolean): string[] {
  return [...sources].flatMap(([file, source]) => {
    if (isTestFile(file) || programs(file)) return [];
    const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "");
    const use = /\bprocess\.(env|argv|exit|exitCode|stdin|stdout|on|once|cwd)\b/.exec(code);
    return use ? [`${file} uses ${use[0]}: only programs do`] : [];
  });
}

/** Files above 200 lines whose header does not say why. */
export function oversized(sources: Sources): string[] {
  return [...sources].flatMap(([file, source]) => {
    if (isTestFile(file)) return []; // a suite is as long as its subject
    const lines = source.split("\n").length - 1;
    const header = source.slice(0, source.indexOf("\nimport") + 1 || 800);
    return lines <= 200 || /\bLong because\b/.test(header)
      ? []
      : [`${file} has ${lines} lines and no reason in its header`];
  });
}
