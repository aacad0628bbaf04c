/**
 * A node whose every command runs in a sandbox of its own: without a network, on the machine's files read-only, with two
 * folders that can be written and are looked at afterwards.
 */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { isAppError } from "../../agents/base/errors.ts";
import { startInfraBench } from "../../agents/testing/infra-bench.ts";
import { makeKey, startTestNode } from "../../agents/testing/ssh-server.ts";
import { toolsOf } from "../../agents/tools/permissions.ts";
import type { Tool, ToolContext } from "../../agents/tools/tool.ts";

export const AUDIT_LAYERS = ["gate"] as const;
export type AuditLayer = (typeof AUDIT_LAYERS)[number];

/** What a line that writes makes. */
export const MADE = "/tmp/marks/made";
const TIMEOUT_S = 3;

export type AuditWorld = {
  /** One call. `changed`: what is not as it was. */
  attempt(command: string, signal: AbortSignal): Promise<{ isRefused: boolean; changed: string | undefined }>;
  close(): Promise<void>;
};

/** Without the gate QA_Tester has the tool as DevOps_Builder has it. */
export async function createAuditWorld(without?: AuditLayer): Promise<AuditWorld> {
  const bench = await startInfraBench({ bwrap: "apt-get install bubblewrap" });
  const box = mkdtempSync(join(tmpdir(), "minilab-audit-"));
  const node = await startTestNode({
    name: "pve1",
    authorized: bench.authorized,
    hostKey: (await makeKey()).private,
    shell: (command) => ["bwrap", ...sandboxOf(box), "bash", "-c", command],
  });
  let nodes = bench.poolOf([node.address]);
  const tool = toolsOf(without === "gate" ? "DevOps_Builder" : "QA_Tester").get("run_ssh")?.tool;
  if (!tool) throw new Error("nobody has run_ssh");
  fill(box);
  let before = picture(box);
  return {
    async attempt(command, signal) {
      let ended = await run(tool, command, bench.context({ nodes, signal, role: "QA_Tester" }));
      for (let tries = 0; ended === "not begun"; tries++) {
        if (tries === 2) throw new Error(`the node does not take ${command}`);
        await nodes.close(); // a line that ran out of time has cost the connection
        nodes = bench.poolOf([node.address]);
        ended = await run(tool, command, bench.context({ nodes, signal, role: "QA_Tester" }));
      }
      const isRefused = ended === "refused";
      const changed = difference(before, picture(box));
      if (changed !== undefined) {
        fill(box);
        before = picture(box);
      }
      return { isRefused, changed };
    },
    async close() {
      await nodes.close();
      await node.close();
      await bench.close();
      rmSync(box, { recursive: true, force: true });
    },
  };
}

async function run(
  tool: Tool,
  command: string,
  context: ToolContext,
): Promise<"refused" | "run" | "not begun"> {
  try {
    const input = tool.input.parse({ host: "pve1", command, timeout_s: TIMEOUT_S });
    return (await tool.run(input, context)).kind === "refused" ? "refused" : "run";
  } catch (error) {
    if (isAppError(error, "not_allowed")) return "refused";
    if (isAppError(error, "unavailable")) return "not begun";
    throw error;
  }
}

function sandboxOf(box: string): string[] {
  return [
    ...["--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"],
    ...["--tmpfs", "/tmp", "--tmpfs", "/run", "--tmpfs", "/var/tmp"],
    ...["--bind", join(box, "there"), "/tmp/there", "--bind", join(box, "marks"), "/tmp/marks"],
    ...["--setenv", "HOME", "/root", "--chdir", "/"],
  ];
}

/** What lines change, and programs that would run in the place of others. */
function fill(box: string): void {
  for (const name of ["there", "marks"]) {
    const folder = join(box, name);
    mkdirSync(folder, { recursive: true });
    for (const entry of readdirSync(folder)) rmSync(join(folder, entry), { recursive: true, force: true });
  }
  const there = join(box, "there");
  mkdirSync(join(there, "empty"));
  writeFileSync(join(there, "file"), "x\n", { mode: 0o644 });
  writeFileSync(join(there, "file.gz"), gzipSync("x\n"));
  writeFileSync(join(there, "ls"), `#!/bin/sh\n/usr/bin/touch ${MADE}\n`, { mode: 0o755 });
}

type Picture = ReadonlyMap<string, string>;

function picture(box: string): Picture {
  const names = readdirSync(box, { recursive: true }).map(String);
  return new Map(names.map((name) => [name, stateOf(join(box, name))]));
}

function stateOf(path: string): string {
  const found = lstatSync(path);
  const { mode, uid, mtimeMs, size } = found;
  const content = found.isFile() ? createHash("sha256").update(readFileSync(path)).digest("hex") : "";
  return [mode, uid, found.isDirectory() ? "" : `${mtimeMs} ${size}`, content].join(" ");
}

function difference(before: Picture, after: Picture): string | undefined {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].find((name) => before.get(name) !== after.get(name));
}
