import { existsSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";

/** What ./minilab has brought; it names the folder itself. */
const programs = process.env["MINILAB_PROGRAMS"] || join(import.meta.dirname, ".programs");

/** The suites of test/ take minutes: begun first, they leave no worker idle at the end. */
class SuitesFirst extends BaseSequencer {
  override async sort(files: Parameters<BaseSequencer["sort"]>[0]) {
    const sorted = await super.sort(files);
    const isSuite = ({ moduleId }: { moduleId: string }) => moduleId.includes(`${import.meta.dirname}/test/`);
    return [...sorted.filter(isSuite), ...sorted.filter((file) => !isSuite(file))];
  }
}

export default defineConfig({
  test: {
    include: ["{agents,client,lab,test,launcher}/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    env: existsSync(programs) ? { MINILAB_PROGRAMS: programs } : {},
    pool: "forks",
    maxWorkers: 2,
    sequence: { sequencer: SuitesFirst },
  },
});
