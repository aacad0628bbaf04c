/** Everything a rehearsal needs, started in a folder of its own: Redis, the lab, the scripted model, four agents. */

import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Env } from "../../agents/base/config.ts";
import type { Bus } from "../../agents/bus/bus.ts";
import type { BusMode } from "../../agents/bus/channels.ts";
import { connectRedisBus } from "../../agents/bus/redis-bus.ts";
import { RedisStore } from "../../agents/bus/redis-store.ts";
import { abortable } from "../../agents/host/commands/abortable.ts";
import { ROLES, type Role } from "../../agents/protocol/roles.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import { type Lab, startLab } from "../../lab/lab.ts";
import type { BeforeAnswer } from "../../lab/model/chat.ts";
import type { Profile } from "../../lab/model/profile.ts";
import type { Scenario } from "../../lab/model/scenario.ts";
import { type Model, startModel } from "../../lab/model/server.ts";
import { bundle, nodeProgram } from "../../launcher/team/bundle.ts";
import { type Child, type ChildEnd, startChild } from "../../launcher/team/child.ts";
import { makeWorkspace } from "../../launcher/team/missing-parts.ts";
import { openDoor } from "../../launcher/team/original-door.ts";
import { PROJECT_DIR } from "../../launcher/team/project.ts";
import { type BusAccess, type PrivateRedis, startRedis } from "../../launcher/team/redis.ts";
import { productEnv } from "./product-env.ts";

export type EmptyStage = {
  directory: string;
  /** How the operator's programs get to the bus. */
  access: Partial<BusAccess>;
  lab: Lab;
  model: Model;
  bus: Bus;
  store: RedisStore;
  /** As `./minilab up` does it, but not started again when it ends. */
  startAgent(role: Role): Child;
};

export type Stage = EmptyStage & {
  /** Settles as soon as one agent has ended; it never should. */
  agentEnded: Promise<{ role: Role } & ChildEnd>;
};

export type StageOptions = {
  directory: string;
  /** `strict` unless told. */
  mode?: BusMode;
  scenario: Scenario;
  /** Of the server that the scripted model stands for. */
  profile?: Profile | undefined;
  /** Of the agents, besides those of the stage. */
  settings?: Env;
  /** Called before the scripted model answers. */
  beforeAnswer(lab: Lab, ...[role]: Parameters<BeforeAnswer>): Promise<void>;
  signal: AbortSignal;
};

/** What was started is ended by `stack`, in reverse order. */
export async function setStage(options: StageOptions, stack: AsyncDisposableStack): Promise<Stage> {
  const stage = await setEmptyStage(options, stack);
  const ends = ROLES.map(async (role) => ({ role, ...(await stage.startAgent(role).ended) }));
  return { ...stage, agentEnded: Promise.race(ends) };
}

/** The same before the agents have entered. */
export async function setEmptyStage(options: StageOptions, stack: AsyncDisposableStack): Promise<EmptyStage> {
  const { directory, mode = "strict", scenario, profile, settings, beforeAnswer, signal } = options;
  makeWorkspace(directory);
  cpSync(join(PROJECT_DIR, "prompts"), join(directory, "prompts"), { recursive: true });
  const redis = await startRedis({ directory: join(directory, "redis"), mode });
  stack.defer(redis.close);
  const { agent } = await abortable(bundle(), signal); // Ctrl+C ends the compiler too, which then never answers
  const lab = await startLab({ directory: join(directory, "lab"), start: "day3", signal });
  stack.defer(() => lab.close());
  const model = await startModel({ scenario, profile, beforeAnswer: (role) => beforeAnswer(lab, role) });
  stack.defer(model.close);
  const store = new RedisStore(redis.url, "rehearsal-judge");
  stack.defer(() => store.close());
  const bus = connectRedisBus({ url: redis.url, name: "rehearsal", mode, redactor: createRedactor([]) });
  stack.defer(() => bus.close());
  const named = profile && { LLM_MODEL: profile.model };
  const env = { ...agentEnv({ directory, lab, model }), ...named, ...settings };
  const enter = (role: Role) =>
    startAgent({ program: agent, role, env: { ...env, ...redis.accessOf(role) }, directory, stack });
  return {
    directory,
    access: mode === "compat" ? await openForOriginal(redis, stack) : redis.accessOf("console"),
    lab,
    model,
    bus,
    store,
    startAgent: enter,
  };
}

/** As ./minilab up does it: where a program enters that knows no password. */
async function openForOriginal(
  redis: PrivateRedis,
  stack: AsyncDisposableStack,
): Promise<Partial<BusAccess>> {
  const door = await openDoor(0, redis);
  stack.defer(door.close);
  return { REDIS_URL: `redis://127.0.0.1:${door.port}` };
}

/** Nothing of the operator's own settings: a rehearsal never meets a real model or a real node. */
function agentEnv({ directory, lab, model }: Pick<EmptyStage, "directory" | "lab" | "model">): Env {
  return {
    ...productEnv(),
    HOME: directory,
    PROJECT_DIR: directory,
    OPENAI_API_BASE: model.url,
    OPENAI_API_KEY: "scripted",
    LLM_MODEL: "scripted",
    APPROVAL: "advise", // unless told: nobody is there to be asked
    ...lab.settings,
    KNOWN_NODES_FILE: join(directory, "known_nodes"),
  };
}

type AgentOptions = {
  program: string;
  role: Role;
  env: Env;
  directory: string;
  stack: AsyncDisposableStack;
};

function startAgent({ program, role, env, directory, stack }: AgentOptions): Child {
  const logs = join(directory, "logs");
  mkdirSync(logs, { recursive: true });
  const { argv, env: nodeEnv } = nodeProgram(program);
  const child = startChild({
    argv,
    cwd: directory,
    env: { ...env, ...nodeEnv, AGENT_ROLE: role },
    output: join(logs, `${role}.log`),
  });
  stack.defer(child.stop);
  return child;
}
