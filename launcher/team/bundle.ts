/** Bundles the programs that are run: a quarter of the start-up time and half the memory of the sources. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { BuildOptions } from "esbuild";
import { builtinsFetched, withoutOpenAiClient } from "./bundle-plugins.ts";
import { PROJECT_DIR } from "./project.ts";

export type Bundles = Readonly<{ agent: string; console: string }>;

/** And the agent, which is a script that another program starts (bundle-start.ts). */
const TEAM = {
  console: "client/console.ts",
  "page-worker": "agents/host/web/page-worker.ts",
};
const CONTAINERS = {
  "container-credentials": "launcher/container-credentials.ts",
  "container-workspace": "launcher/container-workspace.ts",
};
const LAB = {
  "lab-cluster": "lab/cluster/main.ts",
  "lab-node": "lab/node/main.ts",
  "lab-model": "lab/model/main.ts",
};

/** Young objects get 1 MB instead of 16: an agent keeps a third less memory, at a few per cent of CPU time. */
export const NODE_FLAGS = ["--max-semi-space-size=1"] as const;

/** Programs in other languages, which a bundle finds beside itself as a source does. */
const BESIDE = [
  "agents/host/commands/runner.pl",
  "agents/host/commands/confine.pl",
  "agents/host/commands/node-route.pl",
  "lab/machines/namespaces.pl",
  "lab/machines/lab-program.pl",
  "lab/machines/systemd.pl",
];

/** Native parts that ssh2 and linkedom do without, and that cannot be bundled. */
const EXTERNAL = ["*.node", "cpu-features", "canvas"];

/** CommonJS packages inside an ESM bundle still say `require`. */
const BANNER = `const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);`;
/** The agent's script is a function of what CommonJS gives a file; it has no `import.meta`. */
const SCRIPT_BANNER = `(function (require, __filename, __dirname) { const fileUrl = process.getBuiltinModule("node:url").pathToFileURL(__filename).href;`;
const SCRIPT = /^agent-[A-Z0-9]+\.js$/;

/**
 * Build `dist/<name>.mjs` where the sources have changed since the last time; lazy imports stay files of their
 * own. Rejects with esbuild's messages when a source does not compile.
 */
export async function bundle(directory = join(PROJECT_DIR, "dist")): Promise<Bundles> {
  const outputs = {
    agent: join(directory, "agent.mjs"),
    console: join(directory, "console.mjs"),
  };
  const stampFile = join(directory, ".stamp");
  const stamp = sourceDigest();
  const isCurrent = existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp;
  const isWhole = ["agent", ...Object.keys(TEAM)].every((name) => existsSync(join(directory, `${name}.mjs`)));
  if (isCurrent && isWhole && scriptsIn(directory).length === 1) return outputs;
  await buildTeam(TEAM, directory);
  compile(outputs.agent);
  writeFileSync(stampFile, stamp);
  return outputs;
}

/** How a bundle is run: with little memory, from the code that earlier lives left beside it. */
export function nodeProgram(bundle: string) {
  const argv = [process.execPath, ...NODE_FLAGS, bundle] as const;
  return { argv, env: { NODE_COMPILE_CACHE: join(dirname(bundle), ".compiled") } };
}

/**
 * Start an agent that has no role, which ends at once and leaves what was compiled to the first life of each role: a start
 * from there takes a third less CPU time.
 */
function compile(agent: string): void {
  const { argv, env } = nodeProgram(agent);
  spawnSync(argv[0], argv.slice(1), { env, cwd: dirname(agent), stdio: "ignore" });
}

/** Programs of the team in `directory`, the agent among them; scripts of earlier builds are removed. */
async function buildTeam(programs: Record<string, string>, directory: string): Promise<void> {
  await build(programs, directory);
  const script = await buildScript(directory);
  await build({ agent: "launcher/team/bundle-start.ts" }, directory, {
    AGENT_SCRIPT: JSON.stringify(script),
  });
  for (const name of scriptsIn(directory)) if (name !== script) rmSync(join(directory, name));
}

/** The agent as one script; what it imports late is evaluated late. Its name in `directory`. */
async function buildScript(directory: string): Promise<string> {
  const here = { dirname: "__dirname", filename: "__filename", url: "fileUrl" };
  const { metafile } = await bundleWith({
    ...{ entryPoints: { agent: "agents/main.ts" }, outdir: directory, entryNames: "[name]-[hash]" },
    ...{ format: "iife", metafile: true, plugins: [builtinsFetched, withoutOpenAiClient] },
    define: Object.fromEntries(Object.entries(here).map(([name, by]) => [`import.meta.${name}`, by])),
    ...{ banner: { js: SCRIPT_BANNER }, footer: { js: "})" } },
  });
  return basename(Object.keys(metafile?.outputs ?? {})[0] ?? "");
}

function scriptsIn(directory: string): string[] {
  return globSync("agent-*.js", { cwd: directory }).filter((name) => SCRIPT.test(name));
}

/** Build each of `entryPoints` (name to source) as `<outdir>/<name>.mjs`, the way the product is run. */
export async function build(
  entryPoints: Record<string, string>,
  outdir: string,
  define: Record<string, string> = {},
): Promise<void> {
  await bundleWith({
    ...{ entryPoints, outdir, outExtension: { ".js": ".mjs" }, splitting: true, format: "esm" },
    plugins: [builtinsFetched],
    define: { __dirname: "import.meta.dirname", __filename: "import.meta.filename", ...define },
    banner: { js: BANNER },
  });
  for (const file of BESIDE) copyFileSync(join(PROJECT_DIR, file), join(outdir, basename(file)));
}

async function bundleWith(options: BuildOptions) {
  const esbuild = await import("esbuild");
  return await esbuild.build({
    ...{
      absWorkingDir: PROJECT_DIR,
      bundle: true,
      platform: "node",
      target: "node24",
      minifyWhitespace: true,
    },
    ...{ external: EXTERNAL, logLevel: "warning", ...options },
  });
}

function sourceDigest(): string {
  const hash = createHash("sha256");
  const sources = globSync(
    ["{agents,client}/**/*.{ts,pl}", "launcher/team/bundle*.ts", "package-lock.json"],
    {
      cwd: PROJECT_DIR,
    },
  ).sort();
  for (const file of sources) hash.update(`${file}\0`).update(readFileSync(join(PROJECT_DIR, file)));
  return hash.digest("hex");
}

/** `node launcher/team/bundle.ts DIRECTORY`, for images: the team's programs in DIRECTORY/team, the lab's in DIRECTORY/lab. */
if (import.meta.main) {
  const directory = process.argv[2] ?? "dist";
  await buildTeam({ ...TEAM, ...CONTAINERS }, join(directory, "team"));
  await build(LAB, join(directory, "lab"));
}
