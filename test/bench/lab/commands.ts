/** Types the commands of every topic on a node by ssh, and judges the answers. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startLab } from "../../../lab/lab.ts";
import { removeLab } from "../../../lab/machines/remove-lab.ts";
import { type CommandCase, judgeCommand, type Topic, type Verdict } from "./command-case.ts";
import { createWorld, type Ended, type World } from "./reality/world.ts";

export type CommandFigures = { commands: number } & Record<Verdict, number>;
export type Judged = { topic: string; wanted: CommandCase; got: Ended; verdict: Verdict };

/** How many topics are judged at once. */
const LANES = 2;

type Listeners = {
  judged(one: Judged): void;
  /** After its last command; `figures` are those of this topic. */
  finished(topic: string, figures: CommandFigures): void;
};

/** Each topic on a lab of its own. */
export async function judgeCommands(
  topics: readonly Topic[],
  listeners: Listeners,
  signal: AbortSignal,
): Promise<CommandFigures> {
  const waiting = [...topics].sort((a, b) => b.cases.length - a.cases.length);
  const all = noFigures();
  const lane = async () => {
    for (let topic = waiting.shift(); topic; topic = waiting.shift()) {
      const figures = noFigures();
      for await (const judged of judgeTopic(topic, signal)) {
        figures.commands++;
        figures[judged.verdict]++;
        listeners.judged(judged);
      }
      listeners.finished(topic.name, figures);
      add(all, figures);
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
  for (const ended of lanes) if (ended.status === "rejected") throw ended.reason;
  return all;
}

function noFigures(): CommandFigures {
  return { commands: 0, right: 0, plausible: 0, not_simulated: 0, wrong: 0 };
}

function add(sum: CommandFigures, figures: CommandFigures): void {
  for (const name of Object.keys(sum) as (keyof CommandFigures)[]) sum[name] += figures[name];
}

async function* judgeTopic({ name, start, cases }: Topic, signal: AbortSignal): AsyncGenerator<Judged> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "minilab-commands-"));
  stack.defer(() => removeLab(directory));
  const lab = await startLab({ directory: join(directory, "lab"), start, signal });
  stack.defer(lab.close);
  const world = createWorld(lab, directory, signal);
  const shared = SHARED_BY_NONE.includes(name) ? [] : sharing(join(directory, "door"));
  for (const wanted of cases) {
    signal.throwIfAborted();
    const got = await type(world, wanted, wanted.node === "pve1" && wanted.user === "root" ? shared : []);
    yield { topic: name, wanted, got, verdict: judgeCommand(wanted, got) };
  }
}

/** What they are about is the login itself. */
const SHARED_BY_NONE = ["ssh", "users"];

/** Options of ssh: its first connection stays, until the node ends it, and what follows are sessions of it. */
function sharing(path: string): string[] {
  const options = ["ControlMaster=auto", "ControlPersist=yes", `ControlPath=${path}`];
  return options.flatMap((option) => ["-o", option]);
}

/** A command that finds no end has no exit code. */
async function type(
  world: World,
  { node, user, command }: CommandCase,
  options: readonly string[],
): Promise<Ended> {
  const noEnd = (error: Error) => ({ exitCode: null, stdout: "", stderr: error.message });
  return world.login(node, { user, command, options }).catch(noEnd);
}

/** One line for who mends it. */
export function describe({ topic, wanted, got, verdict }: Judged): string {
  const told = [`exit ${got.exitCode}`, excerpt(got.stdout), excerpt(got.stderr)].filter(Boolean).join(" | ");
  return `${verdict}: ${topic}: ${wanted.command}\n    ${told}\n    ${wanted.source}`;
}

const EXCERPT = 400;

function excerpt(text: string): string {
  const line = text.trim().replaceAll("\n", "⏎");
  return line.length > EXCERPT ? `${line.slice(0, EXCERPT)}…` : line;
}
