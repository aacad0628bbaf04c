/** Redis, and the whole team in containers, restarted and killed: what was acknowledged is there, and STOP holds. */
import assert from "node:assert/strict";
import { transcriptKey } from "../../agents/bus/redis-schema.ts";
import { SENDERS } from "../../agents/protocol/roles.ts";
import { redisAsConsole } from "./container-talk.ts";
import { AGENTS, type ContainerTeam, startTeam } from "./container-team.ts";

/** What `docker compose` does, one after the other. */
const ROUNDS: readonly (readonly string[])[] = [
  ["restart", "redis-broker"],
  ["kill", "redis-broker"],
  ["restart"],
  ["kill"],
  ["restart", "--timeout", "1"],
];

/** The operator stops the team; what waits for a role then is kept where the agents are away. */
export async function checkRestarts(team: ContainerTeam): Promise<void> {
  await team.exec("user-console", "sh", "-c", "echo STOP | /app/start console");
  await team.compose("stop", ...AGENTS);
  const redis = await redisAsConsole(team);
  const ask = (...command: string[]) => team.docker(...redis, ...command);
  const held = () =>
    Promise.all([
      ask("HMGET", "control", "session", "epoch", "state"),
      ...SENDERS.map((sender) => ask("XRANGE", transcriptKey(sender), "-", "+")),
      ask("XRANGE", "inbox:QA_Tester:User", "-", "+"),
    ]);
  await ask("XADD", "inbox:QA_Tester:User", "*", "message", "of one who waits");
  const before = await held();
  assert.match(before[0] ?? "", /stopped/);
  assert.match(before.join("\n"), /of one who waits/);
  for (const round of ROUNDS) {
    await team.compose(...round);
    if (round[0] === "restart" && round[1] !== "redis-broker") await team.compose("stop", ...AGENTS);
    await team.compose("up", "--detach", "--wait", "--wait-timeout", "120", "redis-broker");
    assert.deepEqual(await held(), before, `after docker compose ${round.join(" ")}`);
    console.log(`        docker compose ${round.join(" ")}: all is there`);
  }
  await startTeam(team);
  assert.equal(await ask("HMGET", "control", "session", "epoch", "state"), before[0]);
}
