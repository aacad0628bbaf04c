/** What containers, agents and their folders must not be able to do, looked at from outside and tried from inside. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { AGENTS, type ContainerTeam, startTeam } from "./container-team.ts";

type Inspected = {
  Config: { User: string; Env: string[] };
  HostConfig: {
    CapAdd: string[] | null;
    CapDrop: string[];
    SecurityOpt: string[];
    ReadonlyRootfs: boolean;
    PidsLimit: number;
    Memory: number;
    PortBindings: object | null;
  };
  NetworkSettings: { Networks: Record<string, unknown> };
  Mounts: { Source: string }[];
};

/** An agent begins as root, to take its tools off the network; see checkAgents for what is left of that. */
const AGENT_CAPABILITIES = ["KILL", "NET_ADMIN", "SETGID", "SETPCAP", "SETUID"];

const NETWORKS: Readonly<Record<string, readonly string[]>> = {
  "agent-architect": ["bus", "egress"],
  "agent-devops": ["bus", "egress", "lab"],
  "agent-security": ["bus", "egress"],
  "agent-qa": ["bus", "egress", "lab"],
  "user-console": ["bus"],
  "redis-broker": ["bus"],
};

export async function checkContainers(team: ContainerTeam): Promise<void> {
  for (const [name, networks] of Object.entries(NETWORKS)) {
    const [container]: [Inspected] = JSON.parse(await team.docker("inspect", name));
    const { Config, HostConfig, NetworkSettings, Mounts } = container;
    const isAgent = name.startsWith("agent-");
    assert.deepEqual(HostConfig.CapDrop, ["ALL"], name);
    const added = (HostConfig.CapAdd ?? []).map((capability) => capability.replace(/^CAP_/, ""));
    assert.deepEqual(added.sort(), isAgent ? AGENT_CAPABILITIES : [], name);
    assert.equal(Config.User === "root", isAgent, `${name} runs as ${Config.User}`);
    assert(HostConfig.SecurityOpt.includes("no-new-privileges:true"), name);
    assert(HostConfig.ReadonlyRootfs, `${name}: the root file system is writable`);
    assert(HostConfig.PidsLimit > 0 && HostConfig.Memory > 0, `${name}: no limits`);
    assert.deepEqual(HostConfig.PortBindings ?? {}, {}, name);
    const connected = Object.keys(NetworkSettings.Networks).map((network) =>
      network.slice(network.lastIndexOf("_") + 1),
    );
    assert.deepEqual(connected.sort(), networks, name);
    assert(!Mounts.some(({ Source }) => Source.includes("docker.sock")), name);
    assert.deepEqual(Config.Env.filter(isSecret), [], name);
  }
  assert.match(await team.docker("exec", "redis-broker", "redis-cli", "ping"), /^NOAUTH/);
}

/** By the names of what .env can hold; the console is told that there is a key. */
function isSecret(entry: string): boolean {
  return /^(?:TF_VAR_.*|.*(?:KEY|PASSWORD|TOKEN))=(?!$)/.test(entry);
}

/** SETGID, SETUID and KILL, in all five sets; the program that began as root is gone. */
export async function checkAgents(team: ContainerTeam): Promise<void> {
  for (const name of AGENTS) {
    const status = await team.exec(
      name,
      "sh",
      "-c",
      'cat "/proc/$(tr -d " " < /proc/1/task/1/children)/status"',
    );
    const field = (of: string) =>
      status
        .split("\n")
        .find((line) => line.startsWith(`${of}:`))
        ?.slice(of.length + 1)
        .trim()
        .replaceAll("\t", " ");
    const { MINILAB_UID: uid } = team.env;
    assert.equal(field("Uid"), `${uid} ${uid} ${uid} ${uid}`, name);
    assert.equal(field("Groups"), name === "agent-devops" ? TERRAFORM : "", name);
    assert.equal(field("NoNewPrivs"), "1", name);
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) {
      assert.equal(Number.parseInt(field(set) ?? "", 16), 0xe0, `${name} ${set}`);
    }
  }
}

/** Of the same image, without NET_ADMIN, and with a node that nobody knows. */
export async function checkRefusal(team: ContainerTeam): Promise<void> {
  const rights = ["SETUID", "SETGID", "SETPCAP", "KILL"].flatMap((right) => ["--cap-add", right]);
  const run = (...args: string[]) =>
    team.docker("run", "--rm", "--user=root", "--cap-drop=ALL", ...rights, ...args, "ai-minilab", "agent");
  await assert.rejects(run("--env=AGENT_ROLE=QA_Tester"), refusesFor("NET_ADMIN"));
  const unknown = [
    "--cap-add=NET_ADMIN",
    "--env=AGENT_ROLE=DevOps_Builder",
    "--env=PROXMOX_NODES=a=nowhere.invalid",
  ];
  await assert.rejects(run(...unknown), refusesFor("nowhere.invalid is not known"));
}

function refusesFor(reason: string): (error: Error) => boolean {
  return ({ message }) => message.includes("exit code 78\n") && message.includes(reason);
}

export async function checkMounts(team: ContainerTeam): Promise<void> {
  for (const name of ["agent-security", "agent-qa"]) {
    for (const folder of ["/app/infra", "/app/config", "/app/prompts", "/tmp/app"]) {
      await assert.rejects(team.exec(name, "touch", `${folder}/probe`), /Read-only file system/, name);
    }
  }
  await assert.rejects(team.exec("agent-security", "ls", "/app/tmp/bootstrap_key"), /No such file/);
  await assert.rejects(team.exec("agent-architect", "ls", "/app/infra"), /No such file/);
  await team.exec("agent-devops", "touch", "/app/infra/probe");
  await team.exec("agent-devops", "rm", "/app/infra/probe");
}

/** Also what tools wrote, as another user: by its group. */
export async function checkFiles(team: ContainerTeam): Promise<void> {
  const folders = ["/app/infra", "/app/config", "/app/docs", "/tmp/app"];
  const closed = await team.exec(
    "agent-devops",
    "find",
    ...folders,
    "!",
    "-readable",
    "-o",
    "!",
    "-writable",
  );
  assert.equal(closed, "");
  assert.equal(await team.exec("agent-devops", "find", "/app/infra", "-name", "*.tfstate*"), "");
}

/** Of the user that Terraform is, alone in its group. */
const TERRAFORM = "10006";

/** The agent and its Terraform reach the states; the user of its other commands and the other roles do not. */
export async function checkStates(team: ContainerTeam): Promise<void> {
  const states = await team.exec("agent-devops", "find", "/var/lib/minilab/terraform", "-name", "*.tfstate");
  assert.match(states, /\/state\/terraform\.tfstate$/m);
  const become = ["setpriv", "--reuid=10002", "--regid=minilab", "--clear-groups"];
  const read = team.docker(
    "exec",
    "--user=root",
    "agent-devops",
    ...become,
    "ls",
    "/var/lib/minilab/terraform",
  );
  await assert.rejects(read, /Permission denied/);
  for (const name of AGENTS.filter((agent) => agent !== "agent-devops"))
    await assert.rejects(team.exec(name, "ls", "/var/lib/minilab/terraform"), /No such file/, name);
}

const ENV_FILE = `OPENAI_API_BASE=http://lab-model:8080/v1
LLM_MODEL=scripted
TF_VAR_canary=CANARY-of-terraform
OPENAI_API_KEY=`;

/** The first start changes the agents' settings; the second one nothing but the key, which none of them shows. */
export async function checkKeys(team: ContainerTeam): Promise<void> {
  for (const key of ["CANARY-of-the-model", "CANARY-of-another"]) {
    writeFileSync(join(team.directory, ".env"), ENV_FILE + key);
    const before = await startTimes(team);
    await startTeam(team);
    const after = await startTimes(team);
    for (const [index, name] of AGENTS.entries()) {
      assert.notEqual(after[index], before[index], `${name} goes on with the old key`);
      assert.equal(await team.exec(name, "cat", "/run/minilab/openai-api-key"), key);
      assert.doesNotMatch(await team.docker("inspect", name), /CANARY/, name);
    }
  }
  assert.match(
    await team.exec("agent-devops", "cat", "/run/minilab/settings.env"),
    /^TF_VAR_canary='CANARY-of-terraform'$/m,
  );
  assert.equal(await team.exec("agent-qa", "cat", "/run/minilab/settings.env"), "");
  for (const name of AGENTS)
    assert.match(await team.exec(name, "cat", "/run/team-secrets/given"), /CANARY-of-terraform/, name);
}

async function startTimes(team: ContainerTeam): Promise<string[]> {
  return (await team.docker("inspect", "--format", "{{.State.StartedAt}}", ...AGENTS)).split("\n");
}
