/**
 * Who a text is for. Mentions are resolved once, by the speaker's runtime, into a typed list; nobody reads
 * prose for routing afterwards. What is fenced, quoted or in back-ticks is talked about, not talked to.
 */
import { COORDINATOR, OPERATOR, ROLES, type Role, type Sender } from "./roles.ts";

export type Recipients = {
  to: Role[];
  /** Mentions that name nobody, as written; they go back to the speaker. */
  unknown: string[];
};

/** A mention begins a word; `root@pam` and `checkout@v4` are not mentions. */
const MENTION = /(?<![\w.@/-])@([A-Za-z][\w-]*)/g;

/** More of a name is not looked at. */
const MAX_NAME_CHARS = 40;

/** The roles that `content` addresses, in the order in which they are named; never the speaker. */
export function resolveMentions(sender: Sender, content: string): Recipients {
  const to = new Set<Role>();
  const unknown = new Set<string>();
  for (const [, word = ""] of withoutQuotations(content).matchAll(MENTION)) {
    const name = word.slice(0, MAX_NAME_CHARS);
    const role = roleNamed(name);
    if (role !== undefined) to.add(role);
    else if (looksLikeRole(name)) unknown.add(`@${name}`);
  }
  if (sender !== OPERATOR) to.delete(sender);
  return { to: [...to], unknown: [...unknown] };
}

/** As `resolveMentions`; what the operator says to nobody in particular is for the coordinator. */
export function resolveRecipients(sender: Sender, content: string): Recipients {
  const recipients = resolveMentions(sender, content);
  const isForAll = sender === OPERATOR && recipients.to.length === 0 && recipients.unknown.length === 0;
  return isForAll ? { to: [COORDINATOR], unknown: [] } : recipients;
}

/** What a speaker is told about names that nobody has. */
export function explainUnknown(unknown: readonly string[]): string {
  const names = ROLES.map((role) => `@${role}`).join(", ");
  return `${unknown.join(", ")} names nobody here. Those who can be addressed: ${names}.`;
}

function roleNamed(name: string): Role | undefined {
  const wanted = name.toLowerCase().replace(/(?<![-_])[-_]+$/, "");
  return ROLES.find((role) => role.toLowerCase() === wanted);
}

/** `@reboot` and `@media` are words; `@Devops_Biulder`, `@Ops` and `@devops` were meant for somebody. */
function looksLikeRole(name: string): boolean {
  const lower = name.toLowerCase();
  return (
    /^[A-Z]/.test(name) || name.includes("_") || ROLES.some((role) => role.toLowerCase().startsWith(lower))
  );
}

/** The text without fences, quoted lines, inline code and quotations, in time that grows with its length alone. */
export function withoutQuotations(content: string): string {
  const unquoted = withoutFences(content).replace(/^ {0,3}>[^\n]*$/gm, " ");
  return withoutInlineCode(unquoted)
    .replace(/"[^"\n]*"|\u201c[^\u201c\u201d\n]*\u201d|\u00ab[^\u00ab\u00bb\n]*\u00bb/g, " ")
    .replace(/(?<!\w)'[^'\n]*'(?!\w)|\u2018[^\u2018\u2019\n]*\u2019/g, " ");
}

/** A fence is closed by a line of at least its length, or by the end of the text; on the last line none is opened. */
function withoutFences(content: string): string {
  const lines = content.split("\n");
  const kept: string[] = [];
  let fence: string | undefined;
  for (const [index, line] of lines.entries()) {
    if (fence !== undefined) {
      if (closesFence(line, fence)) fence = undefined;
      continue;
    }
    if (index < lines.length - 1) fence = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    kept.push(fence === undefined ? line : " ");
  }
  return kept.join("\n");
}

function closesFence(line: string, fence: string): boolean {
  const [indent = ""] = /^ {0,3}/.exec(line) ?? [];
  const closing = line.slice(indent.length).trimEnd();
  return closing.startsWith(fence) && /^[`~]+$/.test(closing);
}

/** A run of ticks is closed by the next one of its length. */
function withoutInlineCode(text: string): string {
  const runs = [...text.matchAll(/`+/g)].map(({ 0: { length }, index }) => ({ index, length }));
  const nextOfLength = new Map<number, number>();
  const closings = runs.map(() => Number.POSITIVE_INFINITY);
  for (const [at, { index, length }] of [...runs.entries()].reverse()) {
    closings[at] = nextOfLength.get(length) ?? Number.POSITIVE_INFINITY;
    nextOfLength.set(length, index);
  }
  const kept: string[] = [];
  let end = 0;
  for (const [at, { index, length }] of runs.entries()) {
    const closing = closings[at] ?? Number.POSITIVE_INFINITY;
    if (index < end || !Number.isFinite(closing)) continue;
    kept.push(text.slice(end, index));
    end = closing + length;
  }
  return [...kept, text.slice(end)].join(" ");
}
