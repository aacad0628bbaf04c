import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{agents,client,lab,test,launcher}/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
