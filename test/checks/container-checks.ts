/** What must hold for the team in containers, in the order in which it is tried. */

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { checkPrograms } from "./container-ansible.ts";
import { attackFromInside, attackWithoutGuards } from "./container-attacks.ts";
import { checkDocuments } from "./container-documents.ts";
import { checkRestarts } from "./container-restart.ts";
import * as rights from "./container-rights.ts";
import { askTeam } from "./container-talk.ts";
import { AGENTS, type ContainerTeam, startTeam } from "./container-team.ts";

const NODES = ["pve1", "pve2"];
const IDLE_MB = 100;
/** What a start leaves behind is given back within half a minute of idleness. */
const SETTLE_LOOKS = 6;
const SETTLE_MS = 5_000;

export type Check = (team: ContainerTeam) => Promise<void>;

export const CHECKS: readonly [string, Check][] = [
  ["the Compose file is valid", async (team) => void (await team.compose("config", "--quiet"))],
  ["the images build and everyone becomes healthy", startTeam],
  [`an idle agent holds at most ${IDLE_MB} MB`, checkMemory],
  ["no container has rights that it does not need (F71)", rights.checkContainers],
  ["an agent keeps no right but to be the user of its tools, and to end them (F71)", rights.checkAgents],
  ["an agent whose tools cannot be cut off from the network does not start", rights.checkRefusal],
  [
    "Ansible and Terraform are those of the pins, with their collections, for each role that reads (R42)",
    checkPrograms,
  ],
  ["the reviewer and the tester cannot change what they look at (F33)", rights.checkMounts],
  [
    "a pasted request is one message, the team finishes, and /output opens what a call printed (F02, R50)",
    askTeam,
  ],
  [
    "the team's documents are a folder of its own, and its logs are found where people look (R20)",
    checkDocuments,
  ],
  ["what the team wrote is the checkout owner's to change", rights.checkFiles],
  ["Terraform's states are DevOps_Builder's Terraform's alone", rights.checkStates],
  ["the guest runs and both nodes are hardened", checkCluster],
  ["an agent that is killed is back and healthy (F17)", killAgent],
  ["a second start recreates nobody", restartTeam],
  ["after five restarts of Redis and of all nothing is lost, and STOP holds (O01)", checkRestarts],
  ["keys reach those who need them as files, also when they change (F59)", rights.checkKeys],
  ["no tool gets at a secret, the agent, Redis or the host (F59, F62)", attackFromInside],
  ["the attacks are noticed where a guard is missing", attackWithoutGuards],
];

/** Pages of its own and shared ones: VmRSS, in 10^6 bytes, of the one node process. */
async function checkMemory(team: ContainerTeam): Promise<void> {
  const script = 'grep VmRSS "/proc/$(cat /proc/1/task/1/children | tr -d " ")/status"';
  const look = async (name: string) => {
    const status = await team.exec(name, "sh", "-c", script);
    return (Number(/(?<!\d)(\d+) kB/.exec(status)?.[1]) * 1024) / 1e6;
  };
  for (const name of AGENTS) {
    let megabytes = await look(name);
    for (let again = 0; again < SETTLE_LOOKS && megabytes > IDLE_MB; again++) {
      await sleep(SETTLE_MS, undefined, { signal: team.signal });
      megabytes = Math.min(megabytes, await look(name));
    }
    console.log(`        ${name}: ${megabytes.toFixed(1)} MB`);
    assert(megabytes <= IDLE_MB, `${name} holds ${megabytes.toFixed(1)} MB`);
  }
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
    team.exec("agent-qa", ...ssh, "-o", "StrictHostKeyChecking=yes", `root@${node}`, command);
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
  await team.exec("agent-qa", "sh", "-c", "kill -KILL $(cat /proc/1/task/1/children)").catch(() => undefined);
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
