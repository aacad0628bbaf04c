/** What `pve-firewall compile` prints: every chain and set with its digest (get_ruleset_status of PVE/Firewall.pm). */
import { createHash } from "node:crypto";
import type { Compiled } from "./compile.ts";

/** `action`: `exists` where the kernel has it already, `create` where not. */
export function compileText({ chains, sets }: Compiled, action: "exists" | "create"): string {
  const part = (lists: readonly (readonly [string, readonly string[]])[]) =>
    [...lists]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(
        ([name, lines]) =>
          `${action} ${name} (${digestOf(lines)})\n${lines.map((line) => `\t${line}\n`).join("")}`,
      )
      .join("");
  const parts = [
    ["ipset", part([...sets].flatMap(([name, entries]) => setLists(name, entries)))],
    ["iptables", part([...chains])],
    ...["ip6tables", "ebtables", "iptables table raw", "ip6tables table raw"].map((name) => [name, ""]),
  ];
  const changes = action === "create" && chains.size > 0 ? "detected changes\n" : "no changes\n";
  return parts.map(([name, text]) => `${name} cmdlist:\n${text}`).join("\n") + changes;
}

type Entries = Compiled["sets"] extends ReadonlyMap<string, infer T> ? T : never;

/** For each version of IP. */
function setLists(name: string, entries: Entries): [string, string[]][] {
  const size = 2 ** Math.max(6, Math.ceil(Math.log2(Math.max(entries.length, 1))));
  const head = (set: string, family: string) =>
    `create ${set} hash:net family ${family} hashsize ${size} maxelem ${size} bucketsize 12`;
  const added = entries.map(({ cidr, nomatch }) => `add ${name} ${cidr}${nomatch ? " nomatch" : ""}`);
  const six = name.replace(/-v4$/, "-v6");
  return [
    [name, [head(name, "inet"), ...added]],
    [six, [head(six, "inet6")]],
  ];
}

function digestOf(lines: readonly string[]): string {
  const text = lines.map((line) => `${line}\n`).join("");
  return createHash("sha1").update(text).digest("base64").replace(/=$/, "");
}
