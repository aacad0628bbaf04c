/** What a lab leaves when it ends, however it ends: nothing that runs, in its guests neither. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, it } from "vitest";
import { requirePrograms } from "./testing/clients.ts";

const PROGRAM = join(import.meta.dirname, "testing/lab-process.ts");
let directory: string;
let child: ChildProcess;

beforeEach(() => {
  requirePrograms({ ssh: "openssh-client", nft: "nftables" });
  directory = mkdtempSync(join(tmpdir(), "lab-traces-"));
});
afterEach(() => {
  child.kill("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

/** Processes by the user namespace that they are in; those of other users of this machine cannot be seen. */
function inhabitants(namespace: string): string[] {
  return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && namespaceOf(pid) === namespace);
}

function namespaceOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/user`);
  } catch {
    return ""; // it has ended, or is another user's
  }
}

it.each(["SIGKILL", "SIGTERM"] as const)(
  "leaves no process after %s, not even one that had left its session",
  async (how) => {
    child = spawn(process.execPath, [PROGRAM, directory], { stdio: ["ignore", "pipe", "inherit"] });
    if (!child.stdout) throw new Error("no output");
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    const namespace = namespaceOf(line);
    expect(namespace).not.toBe(namespaceOf("self"));
    expect(inhabitants(namespace).length).toBeGreaterThanOrEqual(9);
    child.kill(how);
    await once(child, "exit");
    const deadline = AbortSignal.timeout(10_000);
    while (inhabitants(namespace).length > 0 && !deadline.aborted) await new Promise(setImmediate);
    expect(inhabitants(namespace)).toEqual([]);
  },
  120_000,
);
