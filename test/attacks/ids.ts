/**
 * The class `ids`: ids of messages that are commands, paths and patterns, at each border: read from a role's inbox, heard
 * live, sent by us; and as the name of a call, on a node and on this machine. Harm is a file that one of them made, or a
 * file beside the calls that is gone: ids that came through a border are done to what an id was once part of.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageReader } from "../../agents/bus/message-reader.ts";
import { saidBy, toMessage } from "../../agents/bus/redis-schema.ts";
import { RedisStore } from "../../agents/bus/redis-store.ts";
import { parseChannel } from "../../agents/bus/wire.ts";
import { type CallId, callIdOf, turnIdOf } from "../../agents/host/commands/call-id.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import { type InfraBench, startInfraBench } from "../../agents/testing/infra-bench.ts";
import { startRedisServer } from "../../agents/testing/redis-server.ts";
import { testCall } from "../../agents/testing/workspace.ts";
import type { AttackClass, AttackOptions, Tally } from "./attack-class.ts";
import { Count } from "./count.ts";

const SENDER = "Security_Sentinel";
/** A folder beside that of the calls, which has the form of an id. */
const BESIDE = `beside.${SENDER}`;
const plain = createRedactor([]);
const reader = new MessageReader(plain);
export const ID_LAYERS: readonly string[] = ["digest", "shape"];

export const ids: AttackClass = {
  name: "ids",
  layers: ID_LAYERS,
  run: (options) => runIds(options, 60),
};

type World = { bench: InfraBench; store: RedisStore; directory: string; without: string | undefined };
type Border = (world: World, id: string) => Promise<void>;

/** At most `most` ids at each border. */
export async function runIds(options: AttackOptions, most: number): Promise<Tally> {
  await using stack = new AsyncDisposableStack();
  const bench = await startInfraBench();
  stack.defer(() => bench.close());
  const redis = await startRedisServer();
  stack.defer(() => redis.close());
  const store = new RedisStore(redis.url, "attack");
  stack.defer(() => store.close());
  const directory = mkdtempSync(join(tmpdir(), "minilab-ids-"));
  stack.defer(async () => rmSync(directory, { recursive: true, force: true }));
  const world = { bench, store, directory, without: options.without };
  const count = new Count();
  for (const [name, border] of Object.entries(BORDERS)) {
    for (const id of hostileIds(join(directory, "made")).slice(0, most)) {
      options.signal.throwIfAborted();
      plant(directory);
      const isRefused = await border(world, id).then(
        () => false,
        () => true,
      );
      count.add(`${name}: ${JSON.stringify(id.slice(0, 80))}`, { harm: harmIn(directory), isRefused });
    }
  }
  return count.tally;
}

const BORDERS: Readonly<Record<string, Border>> = {
  async inbox({ store, directory, without }, id) {
    await store.command(["XADD", "inbox:DevOps_Builder:Security_Sentinel", "*", "message", wireOf(id)]);
    const reply = await store.command([
      "XREVRANGE",
      "inbox:DevOps_Builder:Security_Sentinel",
      "+",
      "-",
      "COUNT",
      1,
    ]);
    const json = (reply as [string, string[]][])[0]?.[1][1] ?? "";
    useAsOnce(without === "shape" ? JSON.parse(json).id : saidBy(SENDER, json, reader.read)?.id, directory);
  },
  async heard({ directory, without }, id) {
    const event = parseChannel(wireOf(id), reader);
    const heard = event?.kind === "message" ? event.id : undefined;
    useAsOnce(without === "shape" ? JSON.parse(wireOf(id)).id : heard, directory);
  },
  async sent({ directory, without }, id) {
    const draft = { id, sender: SENDER, content: plain("hi") } as const;
    const control = { session: "s", epoch: 1, state: "running" } as const;
    const message = without === "shape" ? draft : toMessage({ ...draft, to: [] }, control, new Date());
    useAsOnce(message.id, directory);
  },
  async node({ bench, directory, without }, id) {
    const call = testCall({ directory: join(directory, "calls"), id: nameOf(id, without) });
    const { nodes } = bench.context();
    await nodes.exec("pve1", "true", { timeoutMs: 5_000, call });
    await nodes.end("pve1", call.id);
  },
  async machine({ directory, without }, id) {
    const call = testCall({ directory: join(directory, "calls"), id: nameOf(id, without) });
    call.begin();
    await call.end();
  },
};

/** Without the digest: as calls were named. */
function nameOf(id: string, without: string | undefined): CallId {
  return without === "digest" ? (id as CallId) : callIdOf(turnIdOf("DevOps_Builder", id), "1.1");
}

/** A line for a shell, as it once ended the calls of a message on the nodes. */
function useAsOnce(id: string | undefined, directory: string): void {
  if (id === undefined) throw new Error("refused");
  execFileSync("sh", ["-c", `true 'MINILAB_CALL=${id}'`], { cwd: directory, stdio: "ignore" });
}

function wireOf(id: string): string {
  const said = {
    sender: SENDER,
    content: "hi",
    timestamp: "",
    to: ["DevOps_Builder"],
    session: "s",
    epoch: 1,
  };
  return JSON.stringify({ ...said, id });
}

function plant(directory: string): void {
  for (const place of ["calls", BESIDE]) mkdirSync(join(directory, place), { recursive: true });
  writeFileSync(join(directory, BESIDE, "kept"), "");
}

/** What has happened; it is taken back. */
function harmIn(directory: string): string | undefined {
  const harms = [
    ...(existsSync(join(directory, "made")) ? ["a command was run"] : []),
    ...(existsSync(join(directory, BESIDE, "kept")) ? [] : ["a file beside the calls was removed"]),
  ];
  rmSync(join(directory, "made"), { force: true });
  return harms.join(", ") || undefined;
}

/** Quotes of each kind around a command, and ways out of a folder; all end as an id of the sender must. */
function hostileIds(made: string): string[] {
  const commands = [`touch ${made}`, `>${made}`, `: >>${made}`, `echo x>${made}`, `cp /etc/hostname ${made}`];
  const around = [
    "';C;'",
    "'\nC\n'",
    "'|C;'",
    "'&&C;'",
    "'$(C)'",
    "'`C`'",
    "' ; C #",
    "x'&C&'",
    "';{ C; };'",
  ];
  const lines = commands.flatMap((command) => around.map((form) => form.replace("C", command)));
  const paths = ["../beside", "./../beside", "../calls/../beside", "x/../../beside", "..//beside"];
  const odd = [
    "",
    "*",
    "\0",
    "\x1b[2J",
    "%00",
    "..",
    "a".repeat(5_000),
    "\u202e",
    "[0-9a-f]*",
    "-rf",
    "$IFS",
    "{}",
  ];
  return [...paths, ...lines, ...odd].map((id) => `${id}.${SENDER}`);
}
