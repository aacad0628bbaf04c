/** Programs of ours that are put into the containers of agents, and run there with the agent's rights. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../../launcher/team/bundle.ts";
import { outputOf } from "../../launcher/team/command.ts";
import type { ContainerTeam } from "./container-team.ts";

const CAPABILITIES = "-all,+setuid,+setgid,+kill";
/** On a tmpfs of each container. */
const PLACE = "/tmp/attacks";

/** `programs`: name to source; each can then be run by its name. */
export async function putPrograms(
  team: ContainerTeam,
  containers: readonly string[],
  programs: Record<string, string>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "minilab-inside-"));
  try {
    await build(programs, directory);
    for (const name of containers) {
      const unpack = `mkdir -p ${PLACE} && tar -x -C ${PLACE}`;
      const copy = `tar -c -C '${directory}' . | docker exec -i --user minilab ${name} sh -c '${unpack}'`;
      await outputOf(["sh", "-c", copy], { cwd: team.directory, env: team.env, signal: team.signal });
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** With the rights of the agent, as container-start.sh gives them. `options` are those of docker exec. */
export async function runInside(
  team: ContainerTeam,
  container: string,
  { program, options = [] }: { program: string; options?: readonly string[] },
): Promise<string> {
  const sets = ["bounding-set", "inh-caps", "ambient-caps"].map((set) => `--${set}=${CAPABILITIES}`);
  const become = [
    "setpriv",
    "--reuid=minilab",
    "--regid=minilab",
    container === "agent-devops" ? "--groups=10006" : "--clear-groups",
    "--no-new-privs",
    ...sets,
  ];
  const start = [...become, "sh", "-c", `umask 002; exec node ${PLACE}/${program}.mjs`];
  return await team.docker("exec", ...options, container, ...start);
}
