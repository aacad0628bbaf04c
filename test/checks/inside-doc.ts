/** A program that is put into an agent's container: asks the agent's own run_ansible for what CALL holds, and prints what a model would read. */
import { loadConfig } from "../../agents/base/config.ts";
import { agentPid, environmentOf, requireRightsOf } from "../attacks/inside-agent.ts";
import { createCaller } from "../attacks/inside-calls.ts";

const pid = agentPid();
requireRightsOf(pid);
const caller = await createCaller(loadConfig(environmentOf(pid)), false);
const { text } = await caller.call({ tool: "run_ansible", input: JSON.parse(process.env["CALL"] ?? "{}") });
await caller.close();
process.stdout.write(text);
