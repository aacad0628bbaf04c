/**
 * Who may do what in Redis: the text of its ACL file, from the names of the users and the SHA-256 of their passwords.
 * Pure. What stands in a stream or a channel that has one writer is said by that writer, whatever it says of itself.
 */
import { REVIEWER } from "../protocol/grant.ts";
import { OPERATOR, ROLES, type Role, SENDERS, type Sender } from "../protocol/roles.ts";
import { type BusMode, STRICT } from "./channels.ts";
import { HISTORY_KEY } from "./compat.ts";
import { missionKey, missionPart } from "./redis-mission.ts";
import {
  admissionKey,
  CONTROL_KEY,
  changesKey,
  changeTextKey,
  DIALS_KEY,
  deadKey,
  GUESTS_KEY,
  grantKey,
  inboxKey,
  leaseKey,
  spentKey,
  threadKey,
  transcriptKey,
} from "./redis-schema.ts";
import { CHANNEL } from "./wire.ts";

/**
 * Redis users: the roles under their names, the operator's programs, a prober that only asks how Redis is, and whoever
 * has started Redis, who may have it write its file anew (redis-loading.ts).
 */
export const IDENTITIES = [...ROLES, "console", "health", "starter"] as const;
/**
 * `default` is who logs in without a name: off in strict mode. `original`: as whom the door of compat mode lets programs of
 * the original in (launcher/team/original-door.ts).
 */
export type Identity = (typeof IDENTITIES)[number] | "default" | "original";

export function identitiesOf(mode: BusMode): readonly Identity[] {
  return mode === "strict" ? IDENTITIES : [...IDENTITIES, "default", "original"];
}

/** `hashOf` gives the SHA-256 of a password, in hex. */
export function aclFile(mode: BusMode, hashOf: (identity: Identity) => string): string {
  const users = identitiesOf(mode).map((identity) => {
    const isOpen = mode === "compat" && identity !== "original";
    const rights = isOpen ? ["~*", "&*", "+@all"] : rightsOf(identity);
    return `user ${identity} on #${hashOf(identity)} resetchannels ${rights.join(" ")}`;
  });
  if (mode === "strict") users.unshift(REPLAYING_USER);
  return `${users.join("\n")}\n`;
}

/**
 * Redis loads its append-only file as the user `default`, and drops without a word what that user may not do inside a
 * transaction: it has every right, and nobody can log in as it. `off` refuses each login, a connection without a name
 * included; without a password there is none that works, should somebody switch it on.
 */
const REPLAYING_USER = "user default off resetpass ~* &* +@all";

/** What ioredis asks when it connects (INFO: whether Redis is still loading), and what belongs to no key. */
const CONNECTION = "+ping +info +client|setname +multi +exec +discard +watch +unwatch +time";
const READ = "+get +hget +hmget +hgetall +lrange +xlen +xrange +xrevrange";
const WRITE = "+set +del +pexpire +expire +hset +rpush";
/** What all may read. */
const SHARED = [
  ...["transcript:*", CONTROL_KEY, DIALS_KEY, "mission:*", "admission:*", GUESTS_KEY],
  ...["grant:*", "spent:*", "changes:*", "change:*"],
];

/** To hear and speak on the channel, and the list of what was said, which no program of ours reads. */
const ORIGINALS_RIGHTS = [
  ...["-@all", "+ping", "+hello", "+select", "+echo", "+client|setname", "+client|id"],
  ...[
    "+subscribe",
    "+unsubscribe",
    "+publish",
    "+pubsub|numsub",
    "+multi",
    "+exec",
    "+discard",
    `&${CHANNEL}`,
  ],
  ...["+lrange", "+llen", "+rpush", "+ltrim", "+del", "+exists", `~${HISTORY_KEY}`],
];

function rightsOf(identity: Identity): string[] {
  if (identity === "console") return operatorRights();
  if (identity === "health") return ["-@all", "+ping", "+info"];
  if (identity === "starter") return ["-@all", "+ping", "+info", "+bgrewriteaof"];
  if (identity === "default") return ["-@all", "+ping"];
  if (identity === "original") return ORIGINALS_RIGHTS;
  return roleRights(identity);
}

function roleRights(role: Role): string[] {
  const mayGrant = role === REVIEWER ? [grantKey(role, "*")] : [];
  const written = ["turn", "sent", "ledger"].map((kind) => `${kind}:${role}:*`);
  const posted = [changesKey(role, "*"), changeTextKey(role, "*"), spentKey(role, "*")];
  const kept = [leaseKey(role), threadKey(role), deadKey(role), admissionKey(role)];
  const own = [...kept, ...written, ...posted, ...missionKeys(role), ...mayGrant];
  const inbox = SENDERS.map((sender) => inboxKey(role, sender));
  return [
    ...["-@all", CONNECTION, READ, WRITE, ...listening()],
    ...SHARED.map((key) => `%R~${key}`),
    ...own.map((key) => `~${key}`),
    ...inbox.map((key) => `%R~${key}`),
    selector("+ltrim", [deadKey(role)]),
    selector("+xread +xdel", inbox),
    ...speaking(role),
  ];
}

/** All can be read; nothing of what the roles write for themselves can be written. */
function operatorRights(): string[] {
  const granted = [DIALS_KEY, grantKey(OPERATOR, "*"), admissionKey(OPERATOR), GUESTS_KEY];
  const own = [CONTROL_KEY, ...missionKeys(OPERATOR), ...granted, `sent:${OPERATOR}:*`];
  return [
    ...["-@all", CONNECTION, READ, WRITE, ...listening()],
    "%R~*",
    ...own.map((key) => `~${key}`),
    ...speaking(OPERATOR),
  ];
}

/** A sender's own hand on the mission. */
function missionKeys(sender: Sender): string[] {
  return [missionKey(sender), missionPart(sender, "*")];
}

function listening(): string[] {
  return ["+subscribe", ...[...STRICT.speech, ...STRICT.activities].map((channel) => `&${channel}`)];
}

/** The streams and the channels into which a sender speaks. */
function speaking(sender: Sender): string[] {
  const streams = [transcriptKey(sender), ...ROLES.map((role) => inboxKey(role, sender))];
  return [selector("+xadd", streams), `(+publish &${STRICT.of(sender)} &${STRICT.activityOf(sender)})`];
}

function selector(commands: string, keys: readonly string[]): string {
  return `(${commands} ${keys.map((key) => `~${key}`).join(" ")})`;
}
