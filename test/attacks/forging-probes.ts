/** Each identity, and each stranger, against what belongs to the others: every command, alone and inside MULTI. */
import { IDENTITIES, type Identity } from "../../agents/bus/acl.ts";
import { isSender, OPERATOR, type Sender } from "../../agents/protocol/roles.ts";
import type { Count } from "./count.ts";
import { fillIn, keyForms, serverForms } from "./forging-commands.ts";
import { RawClient, type Reply } from "./forging-wire.ts";
import { type ForgingWorld, KEYS } from "./forging-world.ts";

export type Attacker = { name: string; login?: readonly string[] };
type Probe = { words: readonly string[]; isInMulti: boolean; isForServer: boolean };

/** Between two looks at what has changed. */
const BATCH = 50;

const STRANGERS: readonly Attacker[] = [
  { name: "nobody" },
  { name: "default", login: ["AUTH", "default"] },
  { name: "wrong password", login: ["AUTH", "console", "QA_Tester"] },
];
export const ATTACKERS: readonly Attacker[] = [...IDENTITIES.map(identified), ...STRANGERS];

function identified(identity: Identity): Attacker {
  return { name: identity, login: ["AUTH", identity, identity] };
}

/** Everything that this one must not do. `isObeyed` leaves out what would end the server. */
export function probesOf(attacker: Attacker, isObeyed: boolean): Probe[] {
  const forKeys = KEYS.flatMap((key) =>
    keyForms
      .filter((form) => !isPermitted(attacker.name, key, form))
      .map((form) => ({ words: fillIn(form, placeOf(attacker, key)), isForServer: false })),
  );
  const forServer = serverForms(isObeyed)
    .filter((form) => !isTask(attacker.name, form))
    .map((form) => ({ words: fillIn(form, placeOf(attacker, "control")), isForServer: true }));
  return [...forKeys, ...forServer].flatMap((probe) =>
    [false, true].map((isInMulti) => ({ ...probe, isInMulti })),
  );
}

function placeOf({ name }: Attacker, key: string) {
  return { key, own: `turn:${name}:own`, group: key.split(":")[1] ?? "" };
}

/** What somebody owns, and the few things that are anybody's; written down here once more, apart from the ACL file. */
function isPermitted(name: string, key: string, [command = ""]: readonly string[]): boolean {
  const sender: Sender | undefined = name === "console" ? OPERATOR : isSender(name) ? name : undefined;
  if (sender === undefined) return false;
  const [kind = "", owner, writer] = key.split(":");
  if (kind === "inbox" && writer === sender && command === "xadd") return true;
  if (kind === "inbox") return owner === sender && /^x(group|readgroup|autoclaim|ack|del)$/.test(command);
  if (kind === "chat_history" || kind === "archive") return false;
  if (["control", "mission"].includes(kind)) return sender === OPERATOR;
  if (kind === "grant") return sender === OPERATOR || sender === "Security_Sentinel";
  return owner === sender;
}

/** Of all that is the server's, one command is anybody's. */
function isTask(name: string, [command]: readonly string[]): boolean {
  return name === "starter" && command === "bgrewriteaof";
}

/** A batch at a time; one after which anything has changed is tried again one by one. */
export async function tryProbes(
  world: ForgingWorld,
  { attacker, probes, signal }: { attacker: Attacker; probes: readonly Probe[]; signal: AbortSignal },
  count: Count,
): Promise<void> {
  let before = await world.seed();
  for (let start = 0; start < probes.length; start += BATCH) {
    signal.throwIfAborted();
    const batch = probes.slice(start, start + BATCH);
    const replies = await send(world, attacker, batch);
    if ((await world.fingerprint()) === before) {
      for (const [index, probe] of batch.entries())
        count.add(nameOf(attacker, probe), judge(probe, replies[index], false));
      continue;
    }
    for (const probe of batch) {
      const fresh = await world.seed();
      const [reply] = await send(world, attacker, [probe]);
      count.add(nameOf(attacker, probe), judge(probe, reply, (await world.fingerprint()) !== fresh));
    }
    before = await world.seed();
  }
}

/** Of each probe the last reply; in a transaction that of EXEC. */
async function send(
  world: ForgingWorld,
  { login }: Attacker,
  probes: readonly Probe[],
): Promise<(Reply | undefined)[]> {
  using client = await RawClient.open(world.port);
  if (login) await client.send([login]);
  const groups = probes.map(({ words, isInMulti }) => (isInMulti ? [["MULTI"], words, ["EXEC"]] : [words]));
  const replies = await client.send(groups.flat());
  let last = -1;
  return groups.map((group) => {
    last += group.length;
    return replies[last];
  });
}

function nameOf({ name }: Attacker, { words, isInMulti }: Probe): string {
  return `${name}${isInMulti ? " in MULTI" : ""}: ${words.join(" ")}`;
}

function judge({ isForServer }: Probe, reply: Reply | undefined, hasChanged: boolean) {
  const isAnswered = isForServer && reply !== undefined && reply.error === undefined;
  const harm = hasChanged ? "something has changed" : isAnswered ? "it was answered" : undefined;
  const isRefused = /^(NOPERM|NOAUTH|WRONGPASS|EXECABORT)/.test(reply?.error ?? "");
  return { harm, isRefused };
}

/** Every name with every wrong word that is at hand. */
export async function tryLogins(world: ForgingWorld, count: Count): Promise<void> {
  const names = [...IDENTITIES, "default", "User", "root", ""];
  for (const name of names) {
    const words = ["", "password", "foobared", `${name} `, ...names.filter((other) => other !== name)];
    using client = await RawClient.open(world.port);
    const replies = await client.send(words.map((word) => ["AUTH", name, word]));
    for (const [index, word] of words.entries()) {
      const { error } = replies[index] ?? {};
      const harm = error === undefined ? "logged in" : undefined;
      count.add(`${name} with the password "${word}"`, {
        harm,
        isRefused: error?.startsWith("WRONGPASS") === true,
      });
    }
  }
}
