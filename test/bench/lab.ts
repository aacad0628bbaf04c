/**
 * `./minilab bench lab`: conversations of Terraform's provider with a Proxmox VE API, held again with the lab over HTTPS,
 * and how real its machines are. One file a kind in test/bench/lab/conversations; `--only KIND` one of them alone,
 * `--conversations DIR` those of another folder. `--cli` adds the commands of test/bench/lab/commands, typed on a node;
 * with `--only TOPIC` it judges one of their files and nothing else. `--only rate` measures how fast it is and what it takes.
 * `--provider` runs Terraform with the real provider, of the mirror that TF_MIRROR names, over test/bench/lab/modules and
 * nothing else; `--modules DIR` over those of another folder, `--only NAME` over one of them.
 */
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { canMountPmxcfs } from "../../lab/machines/mount-pmxcfs.ts";
import type { Outcome } from "../rig/benchmark.ts";
import { readOptions } from "../rig/options.ts";
import { readTopics } from "./lab/command-case.ts";
import { type CommandFigures, describe, type Judged, judgeCommands } from "./lab/commands.ts";
import { openConversationLab } from "./lab/conversation-lab.ts";
import { judgeProvider, MODULES } from "./lab/provider.ts";
import { measureRate } from "./lab/rate.ts";
import { judgeReality } from "./lab/reality.ts";
import { type Recorded, replay } from "./lab/replay.ts";
import { addSurroundings } from "./lab/surroundings.ts";

const OURS = join(import.meta.dirname, "lab/conversations");

/** Of reality: fewer would prove too little. */
const FEWEST_CHECKS = 40;

export type Played = { requests: number; wrong: number };

export async function run(args: string[], signal: AbortSignal): Promise<Outcome> {
  const withCommands = args.includes("--cli");
  const options = readOptions(
    args.filter((word) => word !== "--cli" && word !== "--provider"),
    { conversations: OURS, modules: MODULES, only: "" },
  );
  if (args.includes("--provider"))
    return judgeProvider({ ...options, mirror: process.env["TF_MIRROR"] }, signal);
  if (withCommands && options.only) return judgeCli(options.only, signal);
  if (options.only === "rate") return { ok: true, figures: { rate: await measureRate(signal) } };
  const conversations: Record<string, Played> = {};
  for (const file of globSync("*.jsonl", { cwd: options.conversations }).sort()) {
    const kind = basename(file, ".jsonl");
    if (options.only && kind !== options.only) continue;
    conversations[kind] = await play(join(options.conversations, file), signal);
  }
  const all = Object.values(conversations);
  const sum = (of: (one: Played) => number) => all.reduce((total, one) => total + of(one), 0);
  const figures = {
    conversations,
    requests: sum(({ requests }) => requests),
    wrong: sum(({ wrong }) => wrong),
  };
  const isRight = all.length > 0 && figures.wrong === 0;
  if (options.only) return { ok: isRight, figures };
  if (!canMountPmxcfs())
    console.log("not tried: writing into a node's /etc/pve; /dev/fuse is not there for this user");
  const { failed, ...reality } = await judgeReality(signal);
  for (const name of failed) console.log(`not real: ${name}`);
  console.log(`reality: ${reality.held} of ${reality.checks} checks held`);
  const isReal = isRight && failed.length === 0 && reality.checks >= FEWEST_CHECKS;
  if (!withCommands) return { ok: isReal, figures: { ...figures, reality } };
  const commands = await judgeCli("", signal);
  return { ok: isReal && commands.ok, figures: { ...figures, reality, ...commands.figures } };
}

/** At most so much of what is typed may be answered by "not simulated". */
const GAPS = 0.1;

/** Prints every answer that is not right. `only` is a topic; all without. */
async function judgeCli(only: string, signal: AbortSignal) {
  const topics = readTopics().filter(({ name }) => !only || name === only);
  const judged = (one: Judged) => (one.verdict === "right" ? undefined : console.log(describe(one)));
  const finished = (topic: string, { commands, ...verdicts }: CommandFigures) =>
    console.log(`${topic}: ${commands} commands: ${inWords(verdicts)}`);
  const cli = await judgeCommands(topics, { judged, finished }, signal);
  const hasFewGaps = cli.commands > 0 && cli.not_simulated <= cli.commands * GAPS;
  return { ok: cli.wrong === 0 && hasFewGaps, figures: { cli } };
}

/** `12 right, 1 not simulated`: without what there is none of. */
function inWords(counts: Record<string, number>): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.map(([name, count]) => `${count} ${name.replaceAll("_", " ")}`).join(", ");
}

/** Prints what was wrong; an empty or unreadable file counts as one. */
export async function play(file: string, signal: AbortSignal): Promise<Played> {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  const recorded = lines.map((line) => JSON.parse(line) as Recorded);
  const lab = await openConversationLab(signal);
  try {
    lab.api.store.change((draft) => addSurroundings(draft, recorded));
    const wrong = await replay(lab, recorded);
    for (const { at, request, problems } of wrong)
      console.log(`${basename(file)}:${at + 1} ${request}: ${problems.slice(0, 5).join("; ")}`);
    console.log(`${basename(file, ".jsonl")}: ${recorded.length} requests, ${wrong.length} wrong`);
    return { requests: recorded.length, wrong: recorded.length === 0 ? 1 : wrong.length };
  } finally {
    await lab.close();
  }
}
