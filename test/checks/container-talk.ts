/** The operator at the console of a team in containers: a request, and what comes of it. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { STRICT } from "../../agents/bus/channels.ts";
import { transcriptKey } from "../../agents/bus/redis-schema.ts";
import { parseMessage } from "../../agents/protocol/message.ts";
import { OPERATOR, SENDERS } from "../../agents/protocol/roles.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import { loadScenario } from "../../lab/model/scenario.ts";
import { PROJECT_DIR } from "../../launcher/team/project.ts";
import type { ContainerTeam } from "./container-team.ts";

const TEAM_TIMEOUT_MS = 300_000;
const CHANNELS = SENDERS.map((sender) => STRICT.of(sender));

/** As a person does it: attach, press Enter for a prompt, paste, press Enter. */
export async function askTeam(team: ContainerTeam): Promise<void> {
  const { request } = loadScenario(join(PROJECT_DIR, "lab/scenarios/rehearsal.yaml"));
  const redis = await redisAsConsole(team);
  await using channel = team.follow(...redis, "SUBSCRIBE", ...CHANNELS);
  await channel.until((line) => line === CHANNELS.at(-1));
  await using _terminal = await paste(team, request);
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

/** `script` gives docker attach the terminal that it needs. */
async function paste(team: ContainerTeam, text: string): Promise<AsyncDisposable> {
  const attach = "docker attach --detach-keys ctrl-p,ctrl-q user-console";
  const terminal = spawn("script", ["-qfec", attach, "/dev/null"], {
    cwd: team.directory,
    env: { ...team.env, TERM: "xterm" },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = once(terminal, "close");
  terminal.stdin.write("\r");
  await once(terminal.stdout, "data"); // the prompt
  terminal.stdout.resume();
  terminal.stdin.write(`\x1b[200~${text}\x1b[201~`);
  terminal.stdin.write("\r");
  return {
    async [Symbol.asyncDispose]() {
      terminal.kill();
      await ended;
    },
  };
}
