/** Files of /etc/pve that are sections with an id and options, as PVE/SectionConfig.pm writes them, and files of options. */
import type { ClusterState, Row } from "./state.ts";

const FILES: Readonly<Record<string, string>> = {
  "domains.cfg": "domains",
  "ha/resources.cfg": "ha/resources",
  "ha/rules.cfg": "ha/rules",
  "jobs.cfg": "backup",
  "replication.cfg": "replication",
};

/** By their paths below /etc/pve; those that ever held something. */
export function configFiles(state: ClusterState): Record<string, string> {
  const known = Object.entries(FILES).filter(([, kind]) => state.sections[kind] !== undefined);
  const nodes = Object.entries(state.sections["node-config"] ?? {});
  return Object.fromEntries([
    ...known.map(([path, kind]) => [path, sections(state, kind)]),
    ...nodes.map(([node, row]) => [`nodes/${node}/config`, optionsFile(row)]),
  ]);
}

/** Told beside the id, or of no interest to the file. */
const HIDDEN = ["type", "digest", "guest", "jobnum", "sid", "rule", "id", "realm", "password"];

function sections(state: ClusterState, kind: string): string {
  const all = Object.entries(state.sections[kind] ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));
  return all
    .map(([id, row]) => {
      const options = Object.entries(row).filter(([name]) => !HIDDEN.includes(name));
      const lines = options.sort().map(([name, value]) => `\t${name} ${value}\n`);
      return `${row["type"] ?? "local"}: ${id.split(":").at(-1)}\n${lines.join("")}\n`;
    })
    .join("");
}

/** A description is a comment at the top. */
export function optionsFile({ description = "", digest: _digest, ...rest }: Row): string {
  const comment = String(description)
    .split("\n")
    .filter(Boolean)
    .map((line) => `#${line}\n`);
  const lines = Object.entries(rest)
    .sort()
    .map(([name, value]) => `${name}: ${value}\n`);
  return [...comment, ...lines].join("");
}
