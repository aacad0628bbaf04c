/** Ordinary calls that must succeed, so that "refuse everything" is no defence. */
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { describeError } from "../../agents/base/errors.ts";
import { fetchPage } from "../../agents/host/web/fetch-page.ts";
import { type InfraBench, startInfraBench } from "../../agents/testing/infra-bench.ts";
import { pageResult } from "../../agents/tools/fetch-webpage.ts";
import { toolsOf } from "../../agents/tools/permissions.ts";
import type { ToolResult } from "../../agents/tools/tool.ts";
import { MODULE, type OrdinaryCall, ownCalls, recordedOrdinaryCalls } from "./legitimate-calls.ts";

/** `failures`: one line for each call that did not succeed. */
export type Ordinary = { cases: number; ok: number; failures: string[] };

const ENV = {
  LLM_MODEL: "m",
  PROXMOX_NODES: "pve1=127.0.0.1",
  SSH_USER: "root",
  TZ: "UTC",
  TF_VAR_region: "here",
};
const PROGRAMS = {
  terraform: "see https://developer.hashicorp.com/terraform/install",
  "ansible-playbook": "./minilab bench brings it; or: apt-get install ansible-core",
};
const PAGES = ["/", "/a?b=c", "/%C3%BC", "/json", "/again"];

/** Tries every n-th call of the files and commands. */
export async function runLegitimate({
  signal,
  every = 1,
}: {
  signal: AbortSignal;
  every?: number;
}): Promise<Ordinary> {
  const bench = await startInfraBench(PROGRAMS);
  const ordinary: Ordinary = { cases: 0, ok: 0, failures: [] };
  const note = (name: string, problem: string | undefined) => {
    ordinary.cases++;
    if (problem === undefined) ordinary.ok++;
    else ordinary.failures.push(`${name}: ${problem}`);
  };
  try {
    mkdirSync(bench.real("/app/infra"), { recursive: true });
    const recorded = recordedOrdinaryCalls().filter((_, index) => index % every === 0);
    for (const one of recorded) lay(bench, one);
    for (const one of [...recorded, ...ownCalls()]) {
      signal.throwIfAborted();
      note(
        `${one.role} ${one.tool} ${JSON.stringify(one.args).slice(0, 200)}`,
        await problemOf(bench, one, signal),
      );
    }
    note("apply of the plan", await applyOf(bench, signal));
    for (const page of PAGES) note(`fetch_webpage ${page}`, await readingOf(bench, page, signal));
  } finally {
    await bench.close();
  }
  return ordinary;
}

/** What a recorded call read was there. */
function lay(bench: InfraBench, { tool, args: { path } }: OrdinaryCall): void {
  if (tool !== "read_file" || typeof path !== "string") return;
  mkdirSync(dirname(bench.real(path)), { recursive: true });
  if (path.endsWith("/")) mkdirSync(bench.real(path), { recursive: true });
  else writeFileSync(bench.real(path), "It was there.\n");
}

async function problemOf(
  bench: InfraBench,
  call: OrdinaryCall,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { kind, exitCode, stderr } = await resultOf(bench, call, signal);
    const isDone = kind === "ok" || (call.mayFail && kind === "failed" && exitCode !== null);
    return isDone ? undefined : `${kind} ${exitCode} ${stderr.slice(0, 300)}`;
  } catch (error) {
    return describeError(error);
  }
}

async function resultOf(
  bench: InfraBench,
  { role, tool: name, args }: OrdinaryCall,
  signal: AbortSignal,
): Promise<ToolResult> {
  const row = toolsOf(role).get(name);
  if (!row) throw new Error(`${role} has no ${name}`);
  const context = bench.context({ role, access: row.access, env: ENV, signal });
  return await row.tool.run(row.tool.input.parse(args), context);
}

async function applyOf(bench: InfraBench, signal: AbortSignal): Promise<string | undefined> {
  const run = (args: Record<string, unknown>) =>
    ({ role: "DevOps_Builder", tool: "run_terraform", args: { dir: MODULE, ...args } }) as const;
  const planned = await resultOf(bench, run({ command: "plan" }), signal);
  const plan = /^Plan digest: (\w+)$/m.exec(planned.stdout)?.[1];
  return await problemOf(bench, run({ command: "apply", plan }), signal);
}

/** Of a server that stands for a node's. */
async function readingOf(bench: InfraBench, path: string, signal: AbortSignal): Promise<string | undefined> {
  const server = createServer(({ url }, response) => {
    if (url === "/again") response.writeHead(302, { location: "/" }).end();
    else response.writeHead(200, { "content-type": "text/html" }).end("<h1>Welcome</h1>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    const nodes = [{ name: "pve1", host: "127.0.0.1", port: 22 }];
    const page = await fetchPage(`http://pve1:${port}${path}`, { nodes, nodePorts: [port], signal });
    const { stdout } = await pageResult(page, bench.context({ signal }));
    return stdout.includes("# Welcome") ? undefined : stdout;
  } catch (error) {
    return describeError(error);
  } finally {
    server.close();
  }
}
