/** What `./minilab up` starts in place of what the settings leave out: the lab, the scripted model. */
import { join } from "node:path";
import type { Env } from "../agents/base/config.ts";
import type { Parts } from "./team/missing-parts.ts";
import { PROJECT_DIR, RUN_DIR } from "./team/project.ts";

export const LAB_DIR = join(RUN_DIR, "lab");
const SCENARIO = join(PROJECT_DIR, "lab/scenarios/rehearsal.yaml");

/** Start what the settings leave out; the result are the settings that name it. */
export async function startStandIns(
  parts: Parts,
  stack: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<Env> {
  const env: Record<string, string> = {};
  if (parts.banner !== undefined) env["MINILAB_BANNER"] = parts.banner;
  if (parts.lab) {
    const { startLab } = await import("../lab/lab.ts");
    const lab = await startLab({ directory: LAB_DIR, start: "day3", signal });
    stack.defer(lab.close);
    Object.assign(env, lab.settings);
    env["KNOWN_NODES_FILE"] = join(LAB_DIR, "known_nodes");
  }
  if (parts.scriptedModel) {
    const { startModel } = await import("../lab/model/server.ts");
    const model = await startModel({ scenario: SCENARIO });
    stack.defer(model.close);
    env["OPENAI_API_BASE"] = model.url;
    env["OPENAI_API_KEY"] = "lab";
    env["LLM_MODEL"] = "scripted";
    Object.assign(env, { BUDGET_SESSION_DOLLARS: "", BUDGET_DAY_DOLLARS: "" }); // it has no price
    env["APPROVAL"] = "reviewer"; // whoever watches a story is not asked for it
  }
  return env;
}
