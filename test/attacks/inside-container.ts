/**
 * A program that is put into an agent's container and started with the agent's rights: it runs the scripts of thieves
 * by each of the agent's tools that runs commands, and prints the tally as JSON. For negative controls WITHOUT_USER=1
 * leaves out the other user, ONLY is a part of the names of scripts,
 * and BY the tool that runs them where it is not run_shell.
 */
import { loadConfig } from "../../agents/base/config.ts";
import { workspaceOf } from "../../agents/host/files/paths.ts";
import type { Captive } from "./captives.ts";
import { containerVectors, HARM } from "./container-vectors.ts";
import { Count } from "./count.ts";
import * as inside from "./inside-agent.ts";
import { type Caller, createCaller } from "./inside-calls.ts";
import { ansibleHand, type Loot, putScripts, terraformHand } from "./theft-hands.ts";
import { scriptOf, VECTORS } from "./theft-vectors.ts";
import type { TheftWorld } from "./theft-world.ts";

const REDIS = "redis-broker/6379";

const pid = inside.agentPid();
inside.requireRightsOf(pid);
const config = loadConfig(inside.environmentOf(pid));
const caller = await createCaller(config, process.env["WITHOUT_USER"] !== undefined);
process.stdout.write(`${JSON.stringify(await attack())}\n`);
await caller.close();

async function attack() {
  const secrets = [...inside.secretLines(), HARM, "ATTACHED"];
  const state = inside.stateOf(pid);
  const ear = await inside.listen();
  const only = process.env["ONLY"] ?? "";
  const vectors = [...VECTORS, ...containerVectors(ear.port, caller.isAudit)].filter(({ name }) =>
    name.includes(only),
  );
  const place = { project: "/app", agent: pid, redis: REDIS };
  const scripts = new Map(vectors.map((vector) => [vector.name, scriptOf(vector, place)]));
  const count = new Count();
  for (const [tool, loots] of handsOf(scripts)) {
    for await (const loot of loots) {
      const text = loot?.text ?? "";
      const harms = [
        ...(secrets.some((secret) => text.includes(secret)) ? [lineOf(text, HARM) ?? "got a secret"] : []),
        ...(ear.heard() ? ["was heard by the agent"] : []),
        ...(inside.stateOf(pid) !== state ? ["changed the agent or its records"] : []),
      ];
      const name = `${loot?.name} by ${tool} of ${config.AGENT_ROLE}`;
      count.add(name, { harm: harms[0], isRefused: loot?.isRefused === true });
    }
  }
  ear.close();
  return count.tally;
}

/** Terraform and ansible are DevOps_Builder's alone. */
function* handsOf(scripts: ReadonlyMap<string, string>): Generator<[tool: string, AsyncGenerator<Loot>]> {
  const { ONLY: only, BY: by } = process.env;
  if (!by) yield ["run_shell", byShell(caller, scripts)];
  if (caller.isAudit || (only && !by)) return;
  const world: TheftWorld = {
    ...{ directory: "/app", workspace: workspaceOf("container", "/app"), secrets: [], env: {}, redis: REDIS },
    ...{ changed: () => [], close: async () => {} },
  };
  const captive: Captive = { pid, call: caller.call, close: async () => {} };
  const files = putScripts(world, scripts);
  for (const hand of [terraformHand(world), ansibleHand(world, "delegate_to localhost")]) {
    if (!by || hand.tool.startsWith(by)) yield [hand.tool, hand.rob(captive, files)];
  }
}

/** In base64, since run_shell refuses a command line that names ssh or terraform. */
async function* byShell({ call }: Caller, scripts: ReadonlyMap<string, string>): AsyncGenerator<Loot> {
  for (const [name, script] of scripts) {
    const command = `base64 -d <<< ${Buffer.from(script).toString("base64")} | bash`;
    const { text, kind } = await call({
      tool: "run_shell",
      input: { command, cwd: "/app/infra", timeout_s: 30 },
    });
    yield { name, text, isRefused: kind === "refused" };
  }
}

function lineOf(text: string, word: string): string | undefined {
  return text.split("\n").find((line) => line.includes(word));
}
