/** Configuration files of /etc/pve with a form of their own: storage.cfg, user.cfg; and that of the datacenter. */
import { optionsFile } from "./config-files.ts";
import type { ClusterState, Json, Row } from "./state.ts";

/** By their path below /etc/pve. */
export function sectionFiles(state: ClusterState): Record<string, string> {
  return {
    "datacenter.cfg": optionsFile(state.sections["options"]?.["datacenter"] ?? {}),
    "storage.cfg": storages(state),
    "user.cfg": users(state),
  };
}

/** A storage that only one node has is there for all to read. */
function storages({ nodes }: ClusterState): string {
  const byName = new Map(nodes.flatMap((node) => node.storages.map((storage) => [storage.name, storage])));
  const all = [...byName.values()].map(({ name, type, content, options }) =>
    section(`${type}: ${name}`, { ...options, content: content.join(",") }),
  );
  return all.join("\n");
}

function section(head: string, row: Row): string {
  const lines = Object.entries(row)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `\t${name} ${text(value)}\n`);
  return `${head}\n${lines.join("")}`;
}

function users({ sections: all, acl }: ClusterState): string {
  const of = (kind: string) => Object.entries(all[kind] ?? {});
  const line = (kind: string, ...fields: (Json | undefined)[]) => `${kind}:${fields.map(text).join(":")}:\n`;
  const userOf = ([id, row]: [string, Row]) => {
    const names = [row["firstname"], row["lastname"], row["email"], row["comment"], row["keys"]];
    return line("user", id, row["enable"] ?? 1, row["expire"] ?? 0, ...names);
  };
  const members = (group: string) =>
    of("users").flatMap(([id, row]) => (text(row["groups"]).split(",").includes(group) ? [id] : []));
  return [
    ...of("users").map(userOf),
    ...of("tokens").map(([id, row]) =>
      line("token", id, row["expire"] ?? 0, row["privsep"] ?? 1, row["comment"]),
    ),
    "\n",
    ...of("groups").map(([id, row]) => line("group", id, members(id).join(","), row["comment"])),
    "\n",
    ...of("pools").map(([id, row]) => line("pool", id, row["comment"], row["vms"], row["storage"])),
    "\n",
    ...of("roles").map(([id, row]) => line("role", id, row["privs"])),
    "\n",
    ...acl.map(({ path, roleid, type, ugid, propagate }) =>
      line("acl", propagate ? 1 : 0, path, type === "group" ? `@${ugid}` : ugid, roleid),
    ),
  ].join("");
}

/** In one line: what would end it is written as in a URL. */
function text(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return (typeof value === "object" ? JSON.stringify(value) : String(value)).replaceAll("\n", "%0A");
}
