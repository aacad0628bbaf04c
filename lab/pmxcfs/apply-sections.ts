/** Files of options, and files of sections that the API keeps as they are: jobs, replication, high availability. */
import { setNamed } from "../cluster/named.ts";
import type { ClusterState, Row } from "../cluster/state.ts";
import { parseSections, valueIn } from "./section-config.ts";

type Kind = {
  kind: string;
  /** What the state calls a section of this type and id. */
  idOf(type: string, id: string): string;
  /** What the state keeps of a section besides its lines. */
  more(type: string, id: string): Row;
};

const KINDS: Readonly<Record<string, Kind>> = {
  "jobs.cfg": { kind: "backup", idOf: (_type, id) => id, more: (type) => ({ type }) },
  "replication.cfg": {
    kind: "replication",
    idOf: (_type, id) => id,
    more: (type, id) => ({ type, guest: Number(id.split("-")[0]), jobnum: Number(id.split("-")[1] ?? 0) }),
  },
  "ha/resources.cfg": {
    kind: "ha/resources",
    idOf: (type, id) => `${type}:${id}`,
    more: (type) => ({ type }),
  },
  "ha/rules.cfg": { kind: "ha/rules", idOf: (_type, id) => id, more: (type) => ({ type }) },
};

export function applySections(draft: ClusterState, path: string, text: string): void {
  const found = KINDS[path];
  if (!found) return;
  const sections = parseSections(text).map(({ type, id, row }) => [
    found.idOf(type, id),
    { ...row, ...found.more(type, id) },
  ]);
  draft.sections[found.kind] = Object.fromEntries(sections);
}

/** `name: value`, and comments at the top that are the description. */
export function applyOptions(
  draft: ClusterState,
  [kind, id]: readonly [string, string],
  text: string | null,
): void {
  draft.sections[kind] ??= {};
  if (text === null) delete draft.sections[kind][id];
  else setNamed(draft.sections[kind], id, parseOptions(text));
}

function parseOptions(text: string): Row {
  const lines = text.split("\n");
  const comment = lines.filter((line) => line.startsWith("#")).map((line) => line.slice(1));
  const pairs = lines.flatMap((line) => {
    const [, name, value] = /^([a-z][\w-]*):(.*)$/i.exec(line) ?? [];
    return name !== undefined && value?.trim() ? [[name, valueIn(value.trim())] as const] : [];
  });
  return { ...(comment.length > 0 && { description: comment.join("\n") }), ...Object.fromEntries(pairs) };
}
