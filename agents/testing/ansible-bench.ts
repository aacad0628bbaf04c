/** What the tests of run_ansible share: the real ansible, a real node, a playbook's place and its run. */
import { runAnsible } from "../tools/run-ansible.ts";
import type { ToolResult } from "../tools/tool.ts";
import { type InfraBench, startInfraBench } from "./infra-bench.ts";
import type { ContextChanges } from "./workspace.ts";

const INSTALL = "./minilab test brings it; or: apt-get install ansible-core openssh-client";
export const SITE = "/app/config/site.yml";

export const startAnsibleBench = () => startInfraBench({ "ansible-playbook": INSTALL, ssh: INSTALL });

/** Plays `SITE` unless told, as one call that is ended afterwards. */
export async function runSite(
  bench: InfraBench,
  args: Record<string, unknown> = {},
  changes?: ContextChanges,
): Promise<ToolResult> {
  const context = bench.context(changes);
  const played = runAnsible.run(runAnsible.input.parse({ playbook: SITE, ...args }), context);
  return await played.finally(() => context.call.end());
}
