/** Changes that wait, and the operator's word on them: /pending, /show, /grant, /deny, /mode. Nothing typed elsewhere grants. */
import { APPROVALS, CHANGES, type Dials, dialsIn } from "../agents/protocol/dials.ts";
import { MIN_NAME_CHARS } from "../agents/protocol/grant.ts";
import { newMessageId } from "../agents/protocol/message.ts";
import { findChange, nameOf, type PostedChange } from "../agents/protocol/posted-change.ts";
import { OPERATOR } from "../agents/protocol/roles.ts";
import type { Redactor } from "../agents/redact/redact.ts";
import { joinRedacted, type Redacted, redacted, rewrite, sliceRedacted } from "../agents/redact/redacted.ts";
import type { Conversation } from "./conversation.ts";
import type { Openable } from "./shelf.ts";
import { inert } from "./terminal-safe.ts";

export type Deciding = {
  conversation: Conversation;
  /** As the settings have them, and how long a grant holds. */
  dials: Dials;
  holdMs: number;
  redact: Redactor;
  open(openable: Openable): Promise<void>;
};

const AWAY = redacted`It cannot be read while Redis is away.`;
const NO_CHANGE = "0".repeat(64);

/** Those that wait in this run; undefined while Redis is away. */
export async function waitingChanges({
  records,
}: Pick<Conversation, "records">): Promise<PostedChange[] | undefined> {
  return await records.ask(async (bus, options) => {
    const [control, changes] = await Promise.all([bus.control(options), bus.approvals.changes(options)]);
    return changes.filter(({ state, epoch }) => state === "waiting" && epoch === control.epoch);
  });
}

export async function answerPending({ conversation }: Deciding): Promise<void> {
  const waiting = await waitingChanges(conversation);
  if (!waiting) return conversation.problem(AWAY);
  if (waiting.length === 0) return conversation.say(redacted`No change waits.`);
  conversation.say(
    redacted`\n${joinRedacted(waiting.map(rowOf), "\n")}\n/show shows one whole, /grant lets it happen, /deny refuses it.`,
  );
}

function rowOf(change: PostedChange): Redacted {
  const { role, tool, target, risks, unshown } = change;
  const risk = risks.length > 0 ? redacted`\n          high risk: ${joinRedacted(risks, "; ")}` : redacted``;
  const why = unshown ? redacted`\n          ${unshown}` : redacted``;
  return redacted`${nameOf(change)}  ${role}: ${tool} ${line(target)}${risk}${why}`;
}

function line(text: Redacted): Redacted {
  return rewrite(text, (it) => it.split(/\s+/).join(" "));
}

export async function answerShow(name: string, { conversation, open }: Deciding): Promise<void> {
  const change = await named(name, conversation);
  if (!change) return;
  const text = await conversation.records.ask((bus, options) => bus.approvals.text(change, options));
  const outcome = change.outcome ? redacted`, ${change.outcome}` : redacted``;
  const shown = rewrite(text ?? redacted`Its text is gone.`, inert);
  const head = redacted`change ${nameOf(change)}, ${change.state}${outcome}\n${rowOf(change)}`;
  await open({ kind: "text", text: redacted`${rewrite(head, inert)}\n\n${shown}` });
}

/** `/grant 0123abcd`, and the name of what is destroyed behind it. */
export async function answerGrant(argument: string, deciding: Deciding): Promise<void> {
  const { conversation, redact } = deciding;
  const [name = "", ...words] = argument.split(/\s+/).filter(Boolean);
  const change = await named(name, conversation);
  if (!change) return;
  if (change.state !== "waiting")
    return conversation.problem(redacted`Change ${nameOf(change)} does not wait any more: ${change.state}.`);
  const { typed } = change;
  if (typed !== "" && words.join(" ") !== typed)
    return conversation.problem(
      redacted`Not granted: it destroys something. Type its name as well: /grant ${nameOf(change)} ${typed}`,
    );
  await decide({ change, verdict: "approve", why: redact("") }, deciding);
}

/** `/deny 0123abcd use another id instead`: the reason is told to the role. */
export async function answerDeny(argument: string, deciding: Deciding): Promise<void> {
  const { conversation, redact } = deciding;
  const [name = ""] = argument.split(/\s+/, 1);
  const change = await named(name, conversation);
  if (!change) return;
  await decide({ change, verdict: "reject", why: redact(argument.slice(name.length).trim()) }, deciding);
}

export type Decision = { change: PostedChange; verdict: "approve" | "reject"; why: Redacted };

export async function decide(
  { change, verdict, why }: Decision,
  { conversation, holdMs }: Deciding,
): Promise<void> {
  const { digest, session, epoch } = change;
  const id = newMessageId(OPERATOR); // his next word on it is another one
  const grant = {
    id,
    change: digest,
    verdict,
    why: sliceRedacted(why, 0, 2_000),
    forMs: holdMs,
    session,
    epoch,
  };
  const done = await conversation.records.ask((bus, options) => bus.approvals.grant(grant, options));
  if (!done) return conversation.problem(redacted`Not recorded: Redis is away. Try again when it is there.`);
  const word = verdict === "approve" ? redacted`Granted, for one use` : redacted`Denied`;
  conversation.say(redacted`${word}: change ${nameOf(change)}, ${change.tool} ${line(change.target)}.`);
}

async function named(name: string, conversation: Conversation): Promise<PostedChange | undefined> {
  const changes = await conversation.records.ask((bus, options) => bus.approvals.changes(options));
  if (!changes) return void conversation.problem(AWAY);
  const found = findChange(changes, name);
  if (!found)
    conversation.problem(
      redacted`Which change? /pending lists them; name one by ${MIN_NAME_CHARS} or more of its digits.`,
    );
  return found;
}

const IN_WORDS = {
  reviewer: redacted`Security_Sentinel is asked`,
  "high-risk": redacted`Security_Sentinel is asked, and you where the risk is high`,
  operator: redacted`Security_Sentinel and you are asked`,
  advise: redacted`NOBODY is asked: changes are only recorded`,
} as const;

export function dialsText({ changes, approval }: Dials): Redacted {
  return redacted`the team may change: ${changes}; before the cluster changes ${IN_WORDS[approval]}`;
}

/** `/mode`, `/mode workspace`, `/mode operator`. */
export async function answerMode(argument: string, { conversation, dials: begun }: Deciding): Promise<void> {
  const changes = CHANGES.find((word) => word === argument);
  const approval = APPROVALS.find((word) => word === argument);
  if (argument !== "" && !changes && !approval)
    return conversation.problem(redacted`/mode ${joinRedacted(WORDS, ", ")}: until this session ends.`);
  const set = { ...(changes && { changes }), ...(approval && { approval }) };
  const standing = await conversation.records.ask(async (bus, options) => {
    if (argument !== "") await bus.approvals.set(set, options);
    return await bus.approvals.standing(NO_CHANGE, options);
  });
  if (!standing) return conversation.problem(AWAY);
  const dials = dialsIn(standing.control.session, begun, standing.set);
  conversation.say(
    redacted`${dialsText(dials)}.${argument === "" ? redacted` /mode ${joinRedacted(WORDS, ", ")} sets it for this session.` : redacted``}`,
  );
}

const WORDS: readonly Redacted[] = [...CHANGES, ...APPROVALS].map((word) => redacted`${word}`);
