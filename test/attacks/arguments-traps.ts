/**
 * What no argument may reach: a secret, a file outside of the workspace, a host that is not in the inventory, and files
 * that only a change makes. Says afterwards which of them was reached.
 */
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { InfraBench } from "../../agents/testing/infra-bench.ts";
import { makeKey, startTestNode, type TestNode } from "../../agents/testing/ssh-server.ts";
import type { Targets } from "./arguments-cases.ts";
import type { Marks } from "./arguments-started.ts";

const FOLDERS = ["/app/infra", "/app/config", "/tmp/app"] as const;

/** Visible path of a file in the workspace that a command line makes when it does not only read. */
export const NEW_FILE = "/tmp/app/made";

export type Traps = {
  aim: Targets & Marks;
  /** A folder of this machine that no tool may write into. */
  outside: string;
  decoy: TestNode;
  env: Readonly<Record<string, string>>;
  /** What a call with this declared effect and this result did and might not; nothing when all is well. */
  harmOf(effect: string, result: string): string | undefined;
  /** As it was before the call, with these files in the workspace. */
  reset(files: Readonly<Record<string, string>>): void;
  close(): Promise<void>;
};

export async function setTraps(bench: InfraBench): Promise<Traps> {
  const outside = mkdtempSync(join(tmpdir(), "minilab-arguments-"));
  const secret = `canary-${randomBytes(8).toString("hex")}`;
  const secretFile = join(outside, "secret.txt");
  writeFileSync(secretFile, secret, { mode: 0o600 });
  const hostKey = (await makeKey()).private;
  const decoy = await startTestNode({ name: "decoy", authorized: bench.authorized, hostKey });
  const aim = { secretFile, decoyPort: decoy.address.port, node: join(outside, "made"), here: NEW_FILE };

  const harmOf = (effect: string, result: string): string | undefined => {
    if (result.includes(secret) || FOLDERS.some((root) => holds(bench.real(root), secret)))
      return "read a secret";
    if (readFileSync(secretFile, "utf8") !== secret) return "changed a file outside";
    if (decoy.commands.length > 0) return `ran on another host: ${decoy.commands[0]}`;
    if (effect === "infrastructure") return undefined;
    if (existsSync(aim.node)) return `changed the node as "${effect}"`;
    return existsSync(bench.real(NEW_FILE)) ? `made a file as "${effect}"` : undefined;
  };
  const reset = (files: Readonly<Record<string, string>>) => {
    for (const root of FOLDERS)
      for (const name of readdirSync(bench.real(root))) remove(join(bench.real(root), name));
    remove(aim.node);
    writeFileSync(secretFile, secret);
    decoy.commands.length = 0;
    for (const [visible, text] of Object.entries(files)) place(bench.real(visible), text);
  };
  const close = async () => {
    await decoy.close();
    remove(outside);
  };
  return { aim, outside, decoy, env: environmentWith(secret), harmOf, reset, close };
}

function environmentWith(secret: string): Record<string, string> {
  return {
    OPENAI_API_KEY: secret,
    REDIS_PASSWORD: secret,
    SSH_KEY: secret,
    TF_VAR_token: "for terraform",
  };
}

function place(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: file.includes("terraform-provider") ? 0o755 : 0o644 });
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

function holds(folder: string, text: string): boolean {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.some(
    (entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(text),
  );
}
