/** The team's documents in containers: a folder without the product's own, by the names that models and people know. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROLES } from "../../agents/protocol/roles.ts";
import type { ContainerTeam } from "./container-team.ts";

const SAME_CHARS = 2_000;

/** On this machine by the names of the README, in the containers by those that models know. */
export async function checkDocuments(team: ContainerTeam): Promise<void> {
  const seen = (await team.exec("agent-devops", "ls", "/app/docs")).split("\n");
  for (const name of ["architecture.md", "extending.md", "failures-covered.md"]) {
    assert(!seen.includes(name), `/app/docs has the product's ${name}`);
    assert(existsSync(join(team.directory, "docs", name)), name);
  }
  for (const role of ROLES) {
    const log = `execution_log_${role}.md`;
    assert.equal(
      readFileSync(join(team.directory, "docs", log), "utf8").slice(0, SAME_CHARS),
      (await team.exec("agent-devops", "cat", `/app/docs/${log}`)).slice(0, SAME_CHARS),
    );
  }
  const outputs = (name: string) => team.exec(name, "ls", "/app/docs/tool_output");
  assert.equal(await outputs("user-console"), await outputs("agent-devops"));
}
