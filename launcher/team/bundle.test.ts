import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { build, bundle, nodeProgram } from "./bundle.ts";

/** Says which parts of Node were loaded when the process ends. */
const WITNESS = `process.on("exit", () => console.log(JSON.stringify(process.moduleLoadList)));`;
const UNUSED = ["internal/deps/undici/undici", "tls", "https", "assert"].map(
  (name) => `NativeModule ${name}`,
);

test("an agent starts without Node's fetch and TLS, which its libraries would load and nobody uses yet", async () => {
  const directory = temporary();
  const { agent } = await bundle(join(directory, "dist"));
  const { argv } = nodeProgram(agent);
  const witness = join(directory, "witness.cjs");
  writeFileSync(witness, WITNESS);
  const { stdout, stderr } = spawnSync(argv[0], ["--require", witness, ...argv.slice(1)], {
    env: {},
    encoding: "utf8",
  });
  expect(stderr).toContain("AGENT_ROLE is not set");
  const loaded = JSON.parse(stdout) as string[];
  expect(loaded).toContain("NativeModule http");
  expect(UNUSED.filter((name) => loaded.includes(name))).toEqual([]);
}, 60_000);

test("each role leaves the code that it ran to its next life, which refuses what is broken and leaves it anew", async () => {
  const { agent } = await bundle(join(temporary(), "dist"));
  const { argv, env } = nodeProgram(agent);
  const start = () =>
    spawnSync(argv[0], argv.slice(1), { env: { ...env, ...UNUSABLE }, encoding: "utf8" }).stderr;
  const codeOf = (whose: string) => globSync(join(env.NODE_COMPILE_CACHE, `agent-*.js.${whose}.code`));
  expect(codeOf("start")).toHaveLength(1);
  expect(codeOf("QA_Tester")).toEqual([]);
  expect(start()).toContain("BUS_MODE");
  const [code = ""] = codeOf("QA_Tester");
  const left = readFileSync(code);
  expect(start()).toContain("BUS_MODE");
  expect(readFileSync(code).equals(left)).toBe(true); // taken, not left again
  for (const broken of [left.subarray(0, left.length / 2), Buffer.from("no code")]) {
    writeFileSync(code, broken);
    expect(start()).toContain("BUS_MODE");
    expect(readFileSync(code).length).toBeGreaterThan(left.length / 2);
  }
  expect(codeOf("*").map((file) => basename(file).split(".")[2])).toEqual(["QA_Tester", "start"]);
}, 60_000);

test("who builds anew leaves one script, and a build that lacks it is not whole", async () => {
  const directory = join(temporary(), "dist");
  const { agent } = await bundle(directory);
  const scripts = () => globSync("agent-*.js", { cwd: directory });
  const [script = ""] = scripts();
  rmSync(join(directory, script));
  await bundle(directory);
  expect(scripts()).toEqual([script]);
  writeFileSync(join(directory, "agent-0LDER.js"), "");
  await bundle(directory);
  expect(scripts()).toEqual([script]);
  expect(existsSync(agent)).toBe(true);
}, 60_000);

test("a bundle gets from a part of Node what an import gets: names, the whole, and what a require gives", async () => {
  const directory = temporary();
  const source = join(directory, "entry.cjs");
  writeFileSync(source, `module.exports = require("fs").readFileSync;`);
  const entry = join(directory, "entry.mjs");
  writeFileSync(
    entry,
    `import required from "./entry.cjs"; import whole, { readFileSync } from "node:fs"; import * as all from "fs";
console.log([required, whole.readFileSync, all.readFileSync].every((each) => each === readFileSync));`,
  );
  await build({ out: entry }, directory);
  const { stdout } = spawnSync(process.execPath, [join(directory, "out.mjs")], { encoding: "utf8" });
  expect(stdout).toBe("true\n");
}, 60_000);

test("what is fetched at its first use is what an import and a require give, called or not", async () => {
  const directory = temporary();
  writeFileSync(join(directory, "entry.cjs"), `module.exports = [require("tls"), require("assert")];`);
  writeFileSync(
    join(directory, "entry.mjs"),
    `import required from "./entry.cjs"; import { Agent, request } from "node:https";
const [tls, assert] = required; const whole = process.getBuiltinModule("node:tls");
class Own extends Agent {} const own = new Own();
let refused = ""; try { assert(false); } catch (error) { refused = error.code; }
const asked = request("https://127.0.0.1:1"); asked.on("error", () => {});
console.log(tls.connect === whole.connect, refused, asked.constructor.name, own instanceof Own && own instanceof Agent);`,
  );
  await build({ out: join(directory, "entry.mjs") }, directory);
  const { stdout } = spawnSync(process.execPath, [join(directory, "out.mjs")], { encoding: "utf8" });
  expect(stdout).toBe("true ERR_ASSERTION ClientRequest true\n");
}, 60_000);

/** With which an agent ends before it asks anybody. */
const UNUSABLE = { AGENT_ROLE: "QA_Tester", BUS_MODE: "neither" };

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), "bundle-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
