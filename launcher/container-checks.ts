/** What must hold for the team in containers, in the order in which it is tried. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { parseMessage } from "../agents/protocol/message.ts";
import { loadScenario } from "../lab/model/scenario.ts";
import type { ContainerTeam } from "./container-team.ts";
import { PROJECT_DIR } from "./project.ts";

const AGENTS = ["agent-architect", "agent-devops", "agent-security", "agent-qa"];
const NODES = ["pve1", "pve2"];
const TEAM_TIMEOUT_MS = 300_000;
const IDLE_MB = 100;

export type Check = (team: ContainerTeam) => Promise<void>;

export const CHECKS: readonly [string, Check][] = [
  ["the Compose file is valid", async (team) => void (await team.compose("config", "--quiet"))],
  ["the images build and everyone becomes healthy", startTeam],
  [`an idle agent holds at most ${IDLE_MB} MB`, checkMemory],
  ["no container has rights that it does not need (F71)", checkRights],
  ["the reviewer and the tester cannot change what they look at (F33)", checkMounts],
  ["a pasted request is one message, and the team finishes (F02)", askTeam],
  ["the guest runs and both nodes are hardened", checkCluster],
  ["an agent that is killed is back and healthy (F17)", killAgent],
  ["a second start recreates nobody", restartTeam],
];

async function startTeam(team: ContainerTeam): Promise<void> {
  await team.compose("up", "--detach", "--build", "--wait", "--wait-timeout", "180");
}

/** Pages of its own and shared ones: VmRSS, in 10^6 bytes, of the one node process. */
async function checkMemory(team: ContainerTeam): Promise<void> {
  const script = 'grep VmRSS "/proc/$(cat /proc/1/task/1/children | tr -d " ")/status"';
  for (const name of AGENTS) {
    const status = await team.docker("exec", name, "sh", "-c", script);
    const megabytes = (Number(/(\d+) kB/.exec(status)?.[1]) * 1024) / 1e6;
    console.log(`        ${name}: ${megabytes.toFixed(1)} MB`);
    assert(megabytes <= IDLE_MB, `${name} holds ${megabytes.toFixed(1)} MB`);
  }
}

type Inspected = {
  Config: { User: string };
  HostConfig: {
    CapDrop: string[];
    SecurityOpt: string[];
    ReadonlyRootfs: boolean;
    PortBindings: object | null;
  };
};

async function checkRights(team: ContainerTeam): Promise<void> {
  for (const name of [...AGENTS, "user-console", "redis-broker"]) {
    const [{ Config, HostConfig }]: [Inspected] = JSON.parse(await team.docker("inspect", name));
    assert.deepEqual(HostConfig.CapDrop, ["ALL"], name);
    assert(HostConfig.SecurityOpt.includes("no-new-privileges:true"), name);
    assert(HostConfig.ReadonlyRootfs, `${name}: the root file system is writable`);
    assert.deepEqual(HostConfig.PortBindings ?? {}, {}, name);
    assert.doesNotMatch(Config.User, /^(root|0(:.*)?)?$/, `${name} runs as root`);
  }
}

async function checkMounts(team: ContainerTeam): Promise<void> {
  for (const name of ["agent-security", "agent-qa"]) {
    for (const folder of ["/app/infra", "/app/config", "/app/prompts", "/tmp/app"]) {
      await assert.rejects(
        team.docker("exec", name, "touch", `${folder}/probe`),
        /Read-only file system/,
        name,
      );
    }
  }
  await assert.rejects(team.docker("exec", "agent-security", "ls", "/app/tmp/bootstrap_key"), /No such file/);
  await team.docker("exec", "agent-devops", "touch", "/app/infra/probe");
  await team.docker("exec", "agent-devops", "rm", "/app/infra/probe");
}

/** As a person does it: attach, press Enter for a prompt, paste, press Enter. */
async function askTeam(team: ContainerTeam): Promise<void> {
  const { request } = loadScenario(join(PROJECT_DIR, "lab/scenarios/rehearsal.yaml"));
  await using channel = team.follow(
    "exec",
    "redis-broker",
    "redis-cli",
    "--raw",
    "SUBSCRIBE",
    "agent_channel",
  );
  await channel.until((line) => line === "agent_channel");
  await using _terminal = await paste(team, request);
  const late = setTimeout(() => void channel[Symbol.asyncDispose](), TEAM_TIMEOUT_MS);
  let signal: string | undefined;
  await channel.until((line) => {
    const message = parseMessage(line);
    if (message === undefined) return false; // a thought, a state
    console.log(`        ${message.sender}: ${message.content.slice(0, 90).replaceAll("\n", " ")}`);
    signal = message.signal;
    return signal !== undefined;
  });
  clearTimeout(late);
  assert.equal(signal, "done", "the team asks for help");
  const history = (
    await team.docker("exec", "redis-broker", "redis-cli", "--raw", "LRANGE", "chat_history", "0", "-1")
  )
    .split("\n")
    .flatMap((line) => parseMessage(line) ?? []);
  const asked = history.filter(({ sender }) => sender === "User").map(({ content }) => content);
  assert.deepEqual(asked, [request]);
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

/** Over SSH, with the tester's key and the pinned host keys. */
async function checkCluster(team: ContainerTeam): Promise<void> {
  const ssh = [
    "ssh",
    "-i",
    "/app/tmp/bootstrap_key",
    "-o",
    "UserKnownHostsFile=/app/tmp/known_nodes",
    "-o",
    "BatchMode=yes",
  ];
  const onNode = (node: string, command: string) =>
    team.docker("exec", "agent-qa", ...ssh, "-o", "StrictHostKeyChecking=yes", `root@${node}`, command);
  assert.match(await onNode("pve1", "qm status 9101"), /status: running/);
  assert.match(await onNode("pve1", "qm config 9101"), /^name: web-01$/m);
  for (const node of NODES) {
    const settings = await onNode(node, "sshd -T");
    for (const wanted of [
      /^passwordauthentication no$/m,
      /^permitrootlogin (prohibit|without)-password$/m,
      /^x11forwarding no$/m,
    ]) {
      assert.match(settings, wanted, node);
    }
  }
}

/** From inside, since a container that Docker itself kills is not restarted. */
async function killAgent(team: ContainerTeam): Promise<void> {
  const since = `${Math.floor(Date.now() / 1000)}`;
  await using events = team.follow(
    "events",
    "--since",
    since,
    "--filter",
    "container=agent-qa",
    "--format",
    "{{.Action}}",
  );
  await team
    .docker("exec", "agent-qa", "sh", "-c", "kill -KILL $(cat /proc/1/task/1/children)")
    .catch(() => undefined);
  for (const awaited of ["die", "start", "health_status: healthy"]) {
    await events.until((line) => line.startsWith(awaited));
  }
}

async function restartTeam(team: ContainerTeam): Promise<void> {
  const ids = async () => (await team.docker("inspect", "--format", "{{.Id}}", ...AGENTS)).split("\n");
  const before = await ids();
  await startTeam(team);
  assert.deepEqual(await ids(), before);
}
