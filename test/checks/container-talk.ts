/** The operator at the console of a team in containers: a request, and what comes of it. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { STRICT } from "../../agents/bus/channels.ts";
import { transcriptKey } from "../../agents/bus/redis-schema.ts";
import { parseMessage } from "../../agents/protocol/message.ts";
import { OPERATOR, SENDERS } from "../../agents/protocol/roles.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import { loadScenario } from "../../lab/model/scenario.ts";
import { PROJECT_DIR } from "../../launcher/team/project.ts";
import type { ContainerTeam } from "./container-team.ts";
import { attach, type Terminal } from "./container-terminal.ts";

const TEAM_TIMEOUT_MS = 300_000;
const PAGER_TIMEOUT_MS = 20_000;
const CHANNELS = SENDERS.map((sender) => STRICT.of(sender));

/** As a person does it: attach, press Enter for a prompt, paste, press Enter. */
export async function askTeam(team: ContainerTeam): Promise<void> {
  const { request } = loadScenario(join(PROJECT_DIR, "lab/scenarios/rehearsal.yaml"));
  const redis = await redisAsConsole(team);
  await using channel = team.follow(...redis, "SUBSCRIBE", ...CHANNELS);
  await channel.until((line) => line === CHANNELS.at(-1));
  await using terminal = await attach(team);
  terminal.write(`\x1b[200~${request}\x1b[201~`);
  terminal.write("\r");
  const late = setTimeout(() => void channel[Symbol.asyncDispose](), TEAM_TIMEOUT_MS);
  let signal: string | undefined;
  await channel.until((line) => {
    const message = parseMessage(line, createRedactor([]));
    if (message === undefined) return false; // a thought, a state
    console.log(`        ${message.sender}: ${message.content.slice(0, 90).replaceAll("\n", " ")}`);
    signal = message.signal;
    return signal !== undefined;
  });
  clearTimeout(late);
  assert.equal(signal, "done", "the team asks for help");
  const history = await team.docker(...redis, "XRANGE", transcriptKey(OPERATOR), "-", "+");
  const said = history.split("\n").flatMap((line) => parseMessage(line, createRedactor([])) ?? []);
  const asked = said.filter(({ sender }) => sender === "User").map(({ content }) => content);
  assert.deepEqual(asked, [request]);
  await openOutput(terminal);
}

/** Of a playbook: its line has the number, and what it printed is in the pager. */
async function openOutput(terminal: Terminal): Promise<void> {
  const [, number] = await terminal.find(
    { behind: "*run_ansible", pattern: /·ok·[\d.]{1,8}s\[(\d{1,4})\]/ },
    PAGER_TIMEOUT_MS,
  );
  terminal.forget();
  terminal.write(`/output ${number}\r`);
  await terminal.find({ behind: "PLAY[", pattern: /TASK\[/ }, PAGER_TIMEOUT_MS);
  terminal.write("q");
}

/** Arguments of docker; the rights are those of the operator's console. */
export async function redisAsConsole(team: ContainerTeam): Promise<string[]> {
  const password = await team.exec("user-console", "cat", "/run/minilab/password");
  return [
    "exec",
    "--env",
    `REDISCLI_AUTH=${password}`,
    "redis-broker",
    "redis-cli",
    "--user",
    "console",
    "--raw",
  ];
}
