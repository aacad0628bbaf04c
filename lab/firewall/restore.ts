/**
 * What iptables-restore is told, so that a machine has the chains of its firewall and no older ones. Sets are written out
 * as addresses: the lab's machines have no ipset. Nothing is forwarded between bridge ports, so such rules are left out.
 */
import type { SetEntry } from "./addresses.ts";
import type { Compiled } from "./compile.ts";

const HOOKS = ["INPUT", "OUTPUT", "FORWARD"];

/** `present`: what `iptables -S` prints. Undefined where the chains are there and `isCurrent`. */
export function restoreText(
  { chains, sets }: Compiled,
  present: string,
  isCurrent: boolean,
): string | undefined {
  const lines = present.split("\n");
  const old = lines.flatMap((line) => /^-N (PVEFW-\S+|GROUP-\S+-(?:IN|OUT))$/.exec(line)?.[1] ?? []);
  const hooked = HOOKS.filter((hook) => lines.includes(`-A ${hook} -j PVEFW-${hook}`));
  const wanted = chains.size > 0 ? HOOKS : [];
  const isThere = [...chains.keys()].every((name) => old.includes(name)) && wanted.length === hooked.length;
  if (isThere && (isCurrent || chains.size + old.length === 0)) return undefined;
  const stale = old.filter((name) => !chains.has(name));
  return [
    "*filter",
    ...[...chains.keys(), ...stale].map((name) => `:${name} - [0:0]`),
    ...wanted.filter((hook) => !hooked.includes(hook)).map((hook) => `-A ${hook} -j PVEFW-${hook}`),
    ...hooked.filter((hook) => !wanted.includes(hook)).map((hook) => `-D ${hook} -j PVEFW-${hook}`),
    ...[...chains.values()].flat().flatMap((line) => withAddresses(line, sets)),
    ...stale.map((name) => `-X ${name}`),
    "COMMIT\n",
  ].join("\n");
}

function withAddresses(line: string, sets: Compiled["sets"]): string[] {
  if (line.includes("-m physdev")) return [];
  const [match, name = "", side] = /-m set --match-set (\S+) (src|dst)/.exec(line) ?? [];
  if (match === undefined) return [line];
  const entries = sets.get(name) ?? [];
  const except = entries
    .filter(({ nomatch }) => nomatch)
    .map(({ cidr }) => ` -m iprange ! --${side}-range ${rangeOf(cidr)}`);
  const flag = side === "src" ? "-s" : "-d";
  const lines = entries
    .filter(({ nomatch }) => !nomatch)
    .map(({ cidr }: SetEntry) => line.replace(match, `${flag} ${cidr}${except.join("")}`));
  return lines.flatMap((one) => withAddresses(one, sets));
}

/** The first and the last address of a network. */
function rangeOf(cidr: string): string {
  const [address = "", prefix = "32"] = cidr.split("/");
  const number = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - Number(prefix));
  const first = number - (number % size);
  return `${dotted(first)}-${dotted(first + size - 1)}`;
}

function dotted(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}
