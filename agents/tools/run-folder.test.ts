import { chmod, stat } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestWorkspace, type TestWorkspace } from "../testing/workspace.ts";
import { makeRunFolder, openRuns } from "./run-folder.ts";

let lab: TestWorkspace;
beforeAll(async () => {
  lab = await createTestWorkspace();
});
afterAll(() => lab.remove());

it.each([
  { workspace: 0o755, run: 0o700 },
  { workspace: 0o2775, run: 0o2770 },
])("a run is closed to all but a group that can write the workspace: $workspace", async (modes) => {
  const context = await lab.context();
  await chmod(lab.workspace["/tmp/app"], modes.workspace);
  const umask = process.umask(0o002);
  const { real } = await makeRunFolder(openRuns(context), context.call, { file: "text" }).finally(() =>
    process.umask(umask),
  );
  expect((await stat(real)).mode & 0o7777).toBe(modes.run);
  await context.call.end();
  expect(await stat(real).catch(() => "gone")).toBe("gone");
});
