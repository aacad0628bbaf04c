/**
 * The operator's console: `node client/console.ts`. On a terminal a line editor below the conversation; in a
 * pipe, plain lines. It constructs everything and is the only file here that touches the process.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import {
  type Config,
  documentsFolder,
  type Env,
  loadConfig,
  programEnv,
  projectPath,
  secretValues,
} from "../agents/base/config.ts";
import { loadCredentials } from "../agents/base/credentials.ts";
import { describeError } from "../agents/base/errors.ts";
import { readPublicKey } from "../agents/base/guest-key.ts";
import { openTeamSecrets } from "../agents/base/team-secrets.ts";
import { connectRedisBus } from "../agents/bus/redis-bus.ts";
import { limitsOf } from "../agents/protocol/budget.ts";
import { dialsOf } from "../agents/protocol/dials.ts";
import { readPrices } from "../agents/protocol/prices.ts";
import { createRedactor } from "../agents/redact/redact.ts";
import type { HostSettings } from "./host.ts";
import { runInPipe } from "./pipe-session.ts";
import { box } from "./render.ts";
import type { SessionOptions } from "./session.ts";
import { inert } from "./terminal-safe.ts";
import { runOnTerminal } from "./terminal-session.ts";
import { PASTE_MARKS_OFF } from "./terminal-view.ts";
import { Transcript } from "./transcript.ts";

const USAGE = `node client/console.ts [--follow] [--text]
  In a pipe: each burst of lines is one message; a line that is exactly STOP, CLEAR, exit, quit or a /command
  is acted on. At the end of the input it leaves when everything is confirmed.
  --follow  stay and show the conversation
  --text    all of the input is one message, nothing in it is acted on`;
/** Why nobody can be sure who speaks. */
function openBusOf({ BUS_MODE, COMPAT_PORT }: Config): string {
  const everybody = "No REDIS_USER: whoever reaches this Redis can speak as anybody";
  return BUS_MODE === "strict"
    ? everybody
    : `BUS_MODE=compat: programs on this machine can speak as you, at 127.0.0.1:${COMPAT_PORT} without a password`;
}

/** On the first screen, for whoever has never seen it. */
const HINT = "Type what the team shall do, then Enter. STOP ends whatever runs; /help lists the rest.";

/** Longest wait for the connection to close, in milliseconds. */
const CLOSE_MS = 2_000;

let redact = createRedactor([]); // until it is known what is to be hidden

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${inert(redact(describeError(error)))}\n`);
  process.exitCode = 1;
}
process.exit();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { follow: { type: "boolean" }, text: { type: "boolean" }, help: { type: "boolean" } },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const env = programEnv(process.env);
  const { config, secrets } = loadCredentials(loadConfig(env));
  const logs = projectPath(config, "client/logs");
  const team = openTeamSecrets(config.TEAM_SECRETS_DIR && projectPath(config, config.TEAM_SECRETS_DIR));
  redact = createRedactor([...secretValues(env), ...secrets], team.news);
  const ending = new AbortController();
  const transcript = new Transcript(logs, new Date());
  const bus = connectRedisBus({
    url: config.REDIS_URL,
    name: "console",
    mode: config.BUS_MODE,
    keepMs: config.BUS_KEEP_DAYS * 86_400_000,
    redactor: redact,
  });
  const { stdin: input, stdout: output } = process;
  const isTerminal = input.isTTY && output.isTTY;
  const isDumb = isTerminal && env["TERM"] === "dumb";
  const session: SessionOptions = {
    ...{ bus, transcript, signal: ending.signal, ended: endOfProcess({ hasKeys: isTerminal }) },
    redact,
    about: redact(`address   ${new URL(config.REDIS_URL).host}\nlog       ${transcript.path}`),
    notice: redact(noticesOf(env)[0] ?? ""),
    leaving: env["MINILAB_LEAVING"] === "ends the team" ? "ends the team" : "leaves it at work",
    troublesFile: env["MINILAB_TROUBLES"],
    ...{ outputsFolder: join(documentsFolder(config), "tool_output"), prices: readPrices(config, redact) },
    limits: limitsOf(config),
    hosts: hostsOf(config),
    ...{ dials: dialsOf(config), holdMs: config.APPROVAL_MINUTES * 60_000 },
    banner: redact(bannerOf(config, noticesOf(env))),
  };
  try {
    if (!isTerminal || isDumb) {
      const options = { isFollowing: values.follow ?? false, isOneText: values.text ?? false };
      const interrupts = isDumb && { onInterrupt: (listener: () => void) => process.on("SIGINT", listener) };
      return await runInPipe({ ...session, input, output, ...options, ...interrupts });
    }
    process.once("exit", () => restoreTerminal());
    return await runOnTerminal({
      ...{ ...session, input, output, env },
      historyFile: join(logs, "input_history.jsonl"),
    });
  } finally {
    ending.abort();
    await Promise.race([Promise.allSettled([bus.close(), transcript.close()]), sleep(CLOSE_MS)]);
  }
}

function hostsOf(config: Config): HostSettings {
  const { PROXMOX_NODES: nodes, GUESTS: guests, GUEST_NETWORKS: networks } = config;
  return { nodes, guests, networks, publicKey: readPublicKey(projectPath(config, config.GUEST_KEY_FILE)) };
}

/** What whoever started the team has to tell: in the environment (what it is), and in files or further variables. */
function noticesOf(env: Env): string[] {
  const file = env["MINILAB_NOTICE_FILE"] ?? "";
  return [
    env["MINILAB_BANNER"] ?? "",
    env["MINILAB_NOTICE"] ?? "",
    existsSync(file) ? readFileSync(file, "utf8").trim() : "",
  ];
}

function bannerOf(config: Config, told: readonly string[]): string {
  const title = `AI MiniLab. ${HINT}`;
  const isGuarded = config.BUS_MODE === "strict" && new URL(config.REDIS_URL).username !== "";
  const open = isGuarded ? "" : openBusOf(config);
  const unprotected =
    config.SANDBOX === "none" ? "SANDBOX=none: what agents run can do whatever this user can" : "";
  const unasked =
    config.APPROVAL === "advise"
      ? "APPROVAL=advise: what changes the cluster is recorded, nobody is asked"
      : "";
  const notices = [...told, open, unprotected, unasked].filter((text) => text !== "");
  const boxes = notices.map((text) => `\n${box(text, (process.stdout.columns || 80) - 2)}`);
  return `${boxes.join("")}${boxes.length > 0 ? "\n" : ""}${title}`;
}

/**
 * Resolves with the exit code when a signal says so, or when nobody can see the output any more. On a terminal Ctrl+C is a
 * key: as a signal it is meant for the pager.
 */
function endOfProcess({ hasKeys }: { hasKeys: boolean }): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const signals = { SIGHUP: 1, SIGTERM: 15, ...(!hasKeys && { SIGINT: 2 }) };
  if (hasKeys) process.on("SIGINT", () => undefined);
  for (const [name, number] of Object.entries(signals)) process.on(name, () => resolve(128 + number));
  process.stdout.on("error", () => resolve(1));
  return promise;
}

/** For every way out, an uncaught error among them. */
function restoreTerminal(): void {
  process.stdin.setRawMode(false);
  process.stdout.write(PASTE_MARKS_OFF);
}
