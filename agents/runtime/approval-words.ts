/** What is said about a change that waits: to the reviewer, to the operator, and to whoever called it. */
import { createHash } from "node:crypto";
import type { Standing } from "../bus/approvals.ts";
import type { Draft } from "../bus/bus.ts";
import type { ChangeRow } from "../governance/change.ts";
import { highRisks, type Ruling } from "../governance/gate.ts";
import { type Dials, dialsIn } from "../protocol/dials.ts";
import { type Grant, REVIEWER } from "../protocol/grant.ts";
import type { Message } from "../protocol/message.ts";
import { MAX_GIST_CHARS, nameOf, type PostedChange } from "../protocol/posted-change.ts";
import { OPERATOR, type Role } from "../protocol/roles.ts";
import {
  fromRedactedParts,
  joinRedacted,
  type Redacted,
  redacted,
  sliceRedacted,
} from "../redact/redacted.ts";
import type { Proposal } from "../tools/tool.ts";
import type { ToolCall } from "./events.ts";

/** Up to this a change stands in its message as a whole. */
const MAX_WHOLE_CHARS = 6_000;
const MAX_RISK_CHARS = 300;

export type Posting = {
  call: ToolCall;
  message: Message;
  role: Role;
  proposal: Proposal;
  at: number;
  until: number;
};

export function postedOf({ call, message, role, proposal, at, until }: Posting): PostedChange {
  const { digest, change, text, unshown } = proposal;
  const risks = highRisks(change.rows.flatMap(({ risks }) => risks));
  const whys = [...new Set(risks.map(({ kind, why }) => `${kind}: ${why}`.slice(0, MAX_RISK_CHARS)))];
  return {
    ...{ digest, role, tool: call.tool, target: sliceRedacted(call.target, 0, MAX_RISK_CHARS) },
    gist: sliceRedacted(text, 0, MAX_GIST_CHARS),
    risks: whys.map((why) => fromRedactedParts(why)),
    typed: typedFor(change.rows, call.target),
    ...{ chars: text.length, unshown, messageId: message.id, callId: call.id },
    ...{ session: message.session, epoch: message.epoch, state: "waiting", outcome: redacted``, at, until },
  };
}

/** The names of all that is destroyed, or the place where; of too many how many they are. */
function typedFor(rows: readonly ChangeRow[], target: Redacted): Redacted {
  const destroyed = rows.filter(({ risks }) => risks.some(({ kind }) => kind === "destroy"));
  if (destroyed.length === 0) return redacted``;
  const names = [...new Set(destroyed.map(({ name, id }) => name ?? id ?? target))].join(" ");
  return fromRedactedParts(names.length <= MAX_RISK_CHARS ? names : `destroy all ${destroyed.length}`);
}

/** For the reviewer: all of it, or where all of it is. The same for the same call, however often it is sent. */
export function changeMessage(posted: PostedChange, text: Redacted): Draft {
  const { role, digest, messageId, callId } = posted;
  const place = createHash("sha256").update(`${messageId} ${callId}`).digest("hex").slice(0, 16);
  const isWhole = text.length <= MAX_WHOLE_CHARS;
  const how = isWhole
    ? redacted`All of it:\n\n${text}`
    : redacted`It begins so; show_change has all of it, page by page:\n\n${sliceRedacted(text, 0, 1_500)}`;
  const content = redacted`Change ${nameOf(posted)}: ${posted.tool} of ${role} waits for your verdict, by record_verdict. ${how}`;
  return {
    id: `change-${digest.slice(0, 16)}-${place}.${role}`,
    sender: role,
    to: [REVIEWER],
    content,
    fact: { kind: "change" },
  };
}

/** For the row of what a role does, and the operator. */
export function waitText(posted: PostedChange, isOperators: boolean): Redacted {
  const name = nameOf(posted);
  const what = redacted`change ${name} (${posted.tool} ${posted.target})`;
  if (!isOperators) return redacted`waits for Security_Sentinel: ${what}`;
  const why = posted.unshown || (posted.risks.length > 0 ? joinRedacted(posted.risks.slice(0, 3), "; ") : "");
  return redacted`${what} needs you${why ? redacted`: ${why}` : ""}. /show ${name}, /grant ${name}, /deny ${name} why`;
}

type Denied = Extract<Ruling, { kind: "deny" }> | { kind: "expired" };

/** For the model that called it: why, and what would be granted. */
export function refusalText(denied: Denied, { control, set }: Standing, begun: Dials): Redacted {
  if (denied.kind === "expired")
    return redacted`Nobody has approved this change in time; nothing was run. Report what waits and why; the same call asks again.`;
  if (denied.by === "grantor") return rejectedText(denied.grant);
  if (denied.by === "role")
    return redacted`Your role changes nothing of that kind, whatever is granted. Report what has to be changed: DevOps_Builder does it.`;
  const { changes } = dialsIn(control.session, begun, set);
  return redacted`The operator lets the team change no more than this: ${changes}. Nothing was run; report what has to be changed.`;
}

function rejectedText({ grantor, why }: Grant): Redacted {
  const who = grantor === OPERATOR ? redacted`The operator` : redacted`Security_Sentinel`;
  return redacted`${who} has rejected this change; nothing was run. ${why || redacted`No reason was given.`}\nWhat meets this is another change, which is asked about anew; the same one stays rejected.`;
}
