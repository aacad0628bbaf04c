/**
 * Holds a recorded conversation with the lab, request by request: the same status, and an answer of the same shape
 * and types. What the lab makes up itself (task ids, names of volumes, digests) goes into the later requests.
 */
import type { ConversationLab, Question } from "./conversation-lab.ts";
import { parseReply } from "./recorded-reply.ts";
import { differences } from "./shape.ts";

export type Recorded = Question & { phase: string; status: number; reply: string };
export type Wrong = { at: number; request: string; problems: string[] };

const PATIENCE_S = 40;

export async function replay(lab: ConversationLab, conversation: readonly Recorded[]): Promise<Wrong[]> {
  const wrong: Wrong[] = [];
  const ours = new Map<string, string>();
  for (const [at, recorded] of conversation.entries()) {
    const wanted = parseReply(recorded.reply);
    placeUploads(lab, recorded, wanted);
    const problems = await hold(lab, { recorded, wanted, ours });
    if (problems.length > 0) wrong.push({ at, request: `${recorded.method} ${recorded.path}`, problems });
  }
  return wrong;
}

type Held = { recorded: Recorded; wanted: unknown; ours: Map<string, string> };

/** Time passes while the answer is that of an earlier moment, as it passed in the recording. */
async function hold(lab: ConversationLab, { recorded, wanted, ours }: Held): Promise<string[]> {
  const question = translate(recorded, ours);
  for (let waited = 0; ; waited++) {
    const got = await lab.ask(question);
    const problems = compare(recorded.status, wanted, got);
    const isEarly = recorded.method === "GET" && waited < PATIENCE_S;
    if (problems.length === 0 || !isEarly) {
      learn(wanted, got.body, ours);
      return problems;
    }
    lab.passSeconds(1);
  }
}

function compare(
  status: number,
  wanted: unknown,
  got: { status: number; phrase: string; body: unknown },
): string[] {
  if (status !== got.status) return [`status ${status}, not ${got.status} ${got.phrase}`];
  const [want, have] = [fieldsOf(wanted), fieldsOf(got.body)];
  if (status !== 200) return want["message"] === undefined || have["message"] ? [] : ["no message"];
  return differences(want["data"], have["data"]);
}

/** Texts that only the recording or only the lab could know: those of tasks, secrets and digests. */
function learn(wanted: unknown, got: unknown, ours: Map<string, string>): void {
  if (typeof wanted === "string" && typeof got === "string") {
    if (wanted !== got && isMadeUp(wanted)) ours.set(wanted, got);
    return;
  }
  if (typeof wanted !== "object" || wanted === null || typeof got !== "object" || got === null) return;
  for (const [name, value] of Object.entries(wanted))
    learn(value, (got as Record<string, unknown>)[name], ours);
}

function isMadeUp(text: string): boolean {
  return /^UPID:|^[\w-]+:(?:\d+\/)?(?:vm|base)-\d+-|^[0-9a-f]{40}$|^[0-9a-f]{8}-[0-9a-f]{4}-/.test(text);
}

function translate(recorded: Recorded, ours: ReadonlyMap<string, string>): Question {
  const { method, path, query, body, type } = recorded;
  const put = (text: string) => {
    let made = text;
    for (const [from, to] of ours)
      for (const form of [(one: string) => one, encodeURIComponent, encodePath])
        made = made.replaceAll(form(from), form(to));
    return made;
  };
  return {
    method,
    path: put(path),
    ...(query === undefined ? {} : { query: put(query) }),
    ...(body === undefined ? {} : { body: put(body) }),
    ...(type === undefined ? {} : { type }),
  };
}

/** As the provider writes a task's id into a path. */
function encodePath(text: string): string {
  return text.replaceAll("!", "%21").replaceAll("/", "%2F");
}

/** Files that came to a node over SSH, beside the API: they are first seen when they are listed. */
function placeUploads(lab: ConversationLab, { path, status }: Recorded, wanted: unknown): void {
  const [, node = "", storage = ""] = /^\/nodes\/([^/]+)\/storage\/([^/]+)\/content$/.exec(path) ?? [];
  const { data } = fieldsOf(wanted);
  if (status !== 200 || !node || !Array.isArray(data)) return;
  const present = lab.api.store.state().volumes.map(({ storage: place, name }) => `${place}:${name}`);
  for (const { volid } of data as { volid?: string }[])
    if (volid?.startsWith(`${storage}:snippets/`) && !present.includes(volid)) lab.place(node, volid);
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
