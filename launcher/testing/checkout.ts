/** A checkout of a test's own, with spaces in its path and no settings: what runs in it leaves no trace in ours. */
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROJECT_DIR } from "../team/project.ts";

const PARTS = [
  "agents",
  "client",
  "lab",
  "launcher",
  "test",
  "prompts",
  "prices.json",
  "package.json",
  "package-lock.json",
];

export type Checkout = { directory: string; remove(): void };

export function makeCheckout(): Checkout {
  const directory = mkdtempSync(join(tmpdir(), "a checkout "));
  const filter = (path: string) => !path.includes("/client/logs/");
  for (const part of PARTS)
    cpSync(join(PROJECT_DIR, part), join(directory, part), { recursive: true, filter });
  symlinkSync(join(PROJECT_DIR, "node_modules"), join(directory, "node_modules"));
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** Nothing of the environment in which the tests run but where programs are. */
export const bareEnvironment = {
  PATH: process.env["PATH"],
  HOME: process.env["HOME"],
  MINILAB_PROGRAMS: process.env["MINILAB_PROGRAMS"],
};
