/** A real redis-server with the product's users, what a team keeps in it, and a judge who may look at everything. */

import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { aclFile, type Identity } from "../../agents/bus/acl.ts";
import { ROLES, SENDERS } from "../../agents/protocol/roles.ts";
import { startChild } from "../../launcher/team/child.ts";
import { freePort } from "../../launcher/team/redis.ts";

const JUDGE = "judge";
/** The layers of this class that are in the ACL file, and how it reads without them. */
const WEAKER: Readonly<Record<string, (acl: string) => string>> = {
  acl: () => aclFile("compat", sha256),
  selectors: (acl) => acl.replaceAll(/[()]/g, ""),
  "default-off": (acl) => acl.replace(/^user default .*$/m, "user default on nopass ~* &* +@all"),
};
export const ACL_LAYERS: readonly string[] = Object.keys(WEAKER);

export class ForgingWorld {
  readonly port: number;
  readonly judge: Redis;

  private constructor(port: number) {
    this.port = port;
    this.judge = new Redis(this.urlOf(JUDGE));
    this.judge.on("error", () => {}); // not listening yet; it tries again
  }

  /** What it starts is ended by `stack`. */
  static async open(without: string | undefined, stack: AsyncDisposableStack): Promise<ForgingWorld> {
    const directory = await mkdtemp(join(tmpdir(), "minilab-forging-"));
    stack.defer(() => rm(directory, { recursive: true, force: true }));
    const acl = (WEAKER[without ?? ""] ?? ((text) => text))(aclFile("strict", sha256));
    await writeFile(join(directory, "users.acl"), `${acl}user ${JUDGE} on #${sha256(JUDGE)} ~* &* +@all\n`);
    const port = await freePort();
    const argv = ["redis-server", "--bind", "127.0.0.1", "--port", `${port}`, "--save", ""] as const;
    const child = startChild({
      argv: [...argv, "--dir", directory, "--aclfile", join(directory, "users.acl")],
      cwd: directory,
      env: { PATH: process.env["PATH"] },
      output: join(directory, "redis.log"),
    });
    stack.defer(child.stop);
    const world = new ForgingWorld(port);
    stack.defer(async () => world.judge.disconnect());
    await world.judge.ping();
    return world;
  }

  /** Each password is the name. */
  urlOf(user: Identity | typeof JUDGE): string {
    return `redis://${user}:${user}@127.0.0.1:${this.port}`;
  }

  /** What a team at work keeps; resolves with its fingerprint. */
  async seed(): Promise<string> {
    const batch = this.judge.multi().flushall();
    for (const key of KEYS) for (const command of contentOf(key)) batch.call(...command);
    await batch.exec();
    return await this.fingerprint();
  }

  /** Equal as long as nothing has changed: groups, pending lists and expiry are in it. */
  async fingerprint(): Promise<string> {
    const keys = (await this.judge.keys("*")).sort();
    const batch = this.judge.pipeline();
    for (const key of keys) batch.dumpBuffer(key).pexpiretime(key);
    const replies = (await batch.exec()) ?? [];
    const hash = createHash("sha256").update(keys.join("\n"));
    for (const [, reply] of replies) hash.update(Buffer.isBuffer(reply) ? reply : String(reply));
    return hash.digest("hex");
  }
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** By owner: the keys that one identity alone may write, and those that have several. */
export const KEYS: readonly string[] = [
  ...SENDERS.flatMap((sender) => [
    `transcript:${sender}`,
    `sent:${sender}:1`,
    ...ROLES.map((role) => `inbox:${role}:${sender}`),
  ]),
  ...ROLES.flatMap((role) => [`turn:${role}:1`, `turn:${role}:own`, `lease:${role}`, `dead:${role}`]),
  ...["control", "mission", "grant:1", "chat_history", "archive:1"],
];

type Command = [name: string, ...args: string[]];

function contentOf(key: string): Command[] {
  const [kind = "", role = ""] = key.split(":");
  if (kind === "transcript" || kind === "inbox") {
    const entries: Command[] = ["1-1", "2-1"].map((id) => ["XADD", key, id, "message", "first"]);
    const group: Command[] = [
      ["XGROUP", "CREATE", key, role, "0"],
      ["XREADGROUP", "GROUP", role, "c", "COUNT", "1", "STREAMS", key, ">"],
    ];
    return kind === "inbox" ? [...entries, ...group] : entries;
  }
  if (["turn", "control", "grant"].includes(kind)) return [["HSET", key, "field", "first", "n", "1"]];
  if (kind === "sent" || kind === "lease") return [["SET", key, "first"]];
  return [["RPUSH", key, "first", "second"]];
}
