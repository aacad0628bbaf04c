/** Attacks from inside the tools of agents in containers, as test/attacks makes them on this machine. */
import assert from "node:assert/strict";
import { z } from "zod";
import { putPrograms, runInside } from "./container-inside.ts";
import type { ContainerTeam } from "./container-team.ts";

const ROBBED = ["agent-devops", "agent-security", "agent-qa"];
const MIN_CASES = 100;

const tally = z.object({
  cases: z.number(),
  harm: z.number(),
  refused: z.number(),
  findings: z.array(z.string()),
});
type Tally = z.infer<typeof tally>;

/** Each role that has commands, at the same time: they are not the same containers. */
export async function attackFromInside(team: ContainerTeam): Promise<void> {
  await putPrograms(team, ROBBED, { inside: "test/attacks/inside-container.ts" });
  const tallies = await Promise.all(ROBBED.map((name) => attack(team, name)));
  const sum = (of: "cases" | "harm" | "refused") => tallies.reduce((total, one) => total + one[of], 0);
  console.log(`        ${sum("cases")} cases, ${sum("harm")} harm, ${sum("refused")} refused`);
  const harms = tallies.flatMap(({ findings }) => findings);
  assert.deepEqual(harms, []);
  assert(sum("cases") >= MIN_CASES, `only ${sum("cases")} cases`);
}

/** The judge must see what happens where one of the guards is missing; the rest must refuse to work without it. */
export async function attackWithoutGuards(team: ContainerTeam): Promise<void> {
  const sameUser = await attack(
    team,
    "agent-devops",
    "--env=WITHOUT_USER=1",
    "--env=ONLY=files with secrets",
  );
  assert.equal(sameUser.harm, 1, "commands as the agent's own user");
  const openNetwork = ["agent-devops", "agent-security"].map(async (name) => {
    await team.docker("exec", "--user=root", name, "nft", "delete", "table", "inet", "minilab");
    const by = name === "agent-devops" ? ["--env=BY=run_ansible"] : []; // a shell has no sockets for a network
    return await attack(team, name, "--env=ONLY=Redis by its name", ...by);
  });
  const [builder, reviewer] = await Promise.all(openNetwork);
  assert.equal(builder?.harm, 1, "commands without a firewall");
  assert.equal(reviewer?.refused, 1, "the audit shell without a firewall");
}

async function attack(team: ContainerTeam, name: string, ...options: string[]): Promise<Tally> {
  return tally.parse(JSON.parse(await runInside(team, name, { program: "inside", options })));
}
