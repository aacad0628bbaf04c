/** The place of the injections: a Redis with its users, the lab, one real agent with every tool, and what must stay as it is. */

import { cpSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bus } from "../../agents/bus/bus.ts";
import { type ModelServer, startModelServer } from "../../agents/testing/model-server.ts";
import { startLab } from "../../lab/lab.ts";
import { bundle } from "../../launcher/team/bundle.ts";
import { startChild } from "../../launcher/team/child.ts";
import { makeWorkspace } from "../../launcher/team/missing-parts.ts";
import { PROJECT_DIR } from "../../launcher/team/project.ts";
import { productEnv } from "../rig/product-env.ts";
import { hearIdle, patience } from "../rig/talk.ts";
import { AppendOnlyFile } from "./append-only-file.ts";
import { obey } from "./injection-model.ts";
import { type PageServer, startPages } from "./injection-pages.ts";
import type { Known } from "./injection-payloads.ts";
import { type InjectionRedis, openBus, openRedis, PEER, VICTIM } from "./injection-redis.ts";
import { guardedDigest, MODEL_KEY_FILE, plantSecrets, TERRAFORM_TOKEN } from "./injection-secrets.ts";

/** What a negative control takes away: the sandbox of commands, or the users of Redis as well. */
export type Layer = "sandbox" | "identities";

export type InjectionStage = {
  directory: string;
  /** As the operator, and as the peer. */
  bus: Bus;
  peer: Bus;
  model: ModelServer;
  pages: PageServer;
  known: Known;
  /** Values that may be seen by nobody, by what they are. */
  secrets: ReadonlyMap<string, string>;
  /** What Redis was told to write. */
  records: AppendOnlyFile;
  /** Home of root on the node pve1. */
  nodeHome: string;
  /** A digest of everything that no call may change. */
  guarded(): string;
  isAgentAlive(): boolean;
};

type Options = { without?: Layer | undefined; signal: AbortSignal };

/** What is started is ended by `stack`. */
export async function setInjectionStage(
  { without, signal }: Options,
  stack: AsyncDisposableStack,
): Promise<InjectionStage> {
  const directory = mkdtempSync(join(tmpdir(), "minilab-injection-"));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  makeWorkspace(directory);
  cpSync(join(PROJECT_DIR, "prompts"), join(directory, "prompts"), { recursive: true });
  const redis = await openRedis(join(directory, "redis"), without === "identities" ? "open" : "own", stack);
  const lab = await startLab({ directory: join(directory, "lab"), start: "day3", signal });
  stack.defer(() => lab.close());
  const pages = stack.use(await startPages());
  const model = await startModelServer(obey);
  stack.defer(model.close);
  const secrets = plantSecrets(directory, redis.passwordFiles, lab.privateKeyFile);
  const [bus, peer] = [openBus(redis, "console", stack), openBus(redis, PEER, stack)];
  const idle = hearIdle(bus, VICTIM, patience(signal));
  const place = { directory, redis, lab, modelUrl: model.url, token: secrets.get(TERRAFORM_TOKEN) };
  const agent = await startVictim(place, without, stack);
  await idle;
  const known: Known = {
    ...{ redisPort: redis.port, canaryPort: pages.canaryPort, keyFile: lab.privateKeyFile },
    passwordFiles: redis.passwordFiles,
    projectDir: directory,
    agentPid: agent.pid,
  };
  return {
    ...{ directory, bus, peer, model, pages, known, secrets },
    records: recordsOf(join(directory, "redis")),
    nodeHome: join(directory, "lab/pve1/root/root"),
    guarded: () => guardedDigest(directory, VICTIM),
    isAgentAlive: agent.isAlive,
  };
}

function recordsOf(directory: string): AppendOnlyFile {
  const [file] = globSync("records-*/*.incr.aof", { cwd: directory });
  if (!file) throw new Error("Redis has no append-only file");
  return new AppendOnlyFile(join(directory, file));
}

type Place = {
  directory: string;
  redis: InjectionRedis;
  lab: Awaited<ReturnType<typeof startLab>>;
  modelUrl: string;
  token: string | undefined;
};

/** The product's own agent, as its own process. */
async function startVictim(
  { directory, redis, lab, modelUrl, token }: Place,
  without: Layer | undefined,
  stack: AsyncDisposableStack,
): Promise<{ pid: number; isAlive(): boolean }> {
  const { agent } = await bundle();
  const child = startChild({
    argv: [process.execPath, agent],
    cwd: directory,
    env: {
      ...{ ...productEnv(), HOME: directory, PROJECT_DIR: directory, AGENT_ROLE: VICTIM },
      ...redis.accessOf(VICTIM),
      OPENAI_API_BASE: modelUrl,
      OPENAI_API_KEY_FILE: join(directory, MODEL_KEY_FILE),
      TF_VAR_token: token,
      APPROVAL: "advise", // as if everything were granted: the other layers are tried
      ...lab.settings,
      KNOWN_NODES_FILE: join(directory, "known_nodes"),
      SANDBOX: without === undefined ? "auto" : "none",
    },
    output: join(directory, "agent.log"),
  });
  stack.defer(child.stop);
  let isAlive = true;
  void child.ended.then(() => {
    isAlive = false;
  });
  return { pid: child.pid ?? 0, isAlive: () => isAlive };
}
