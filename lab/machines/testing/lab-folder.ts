/** A folder for one lab, which can be started in it again and again. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { type Lab, startLab } from "../../lab.ts";
import { requirePrograms } from "./clients.ts";

export type LabFolder = { directory: string; start(): Promise<Lab>; remove(): void };

/** `prefix` of its name among the temporary ones. */
export function makeLabFolder(prefix: string): LabFolder {
  const directory = mkdtempSync(join(tmpdir(), prefix));
  const { signal } = new AbortController();
  return {
    directory,
    start: () => startLab({ directory: join(directory, "lab"), start: "fresh", signal }),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** One lab for all tests of a file, reached by ssh; there once they run. */
export function labOfFile(prefix: string): { directory: string; lab: () => Lab } {
  const { directory, start, remove } = makeLabFolder(prefix);
  let lab: Lab | undefined;
  beforeAll(async () => {
    requirePrograms({ ssh: "openssh-client" });
    lab = await start();
  }, 180_000);
  afterAll(async () => {
    await lab?.close();
    remove();
  });
  return { directory, lab: () => lab ?? fail() };
}

function fail(): never {
  throw new Error("the lab runs only while tests do");
}
