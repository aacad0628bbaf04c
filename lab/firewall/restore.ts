/**
 * What iptables-restore is told, so that a machine has the chains of its firewall and no older ones. Sets are written out
 * as addresses: the lab's machines have no ipset. Nothing is forwarded between bridge ports, so such rules are left out.
 */
import { AppError } from "../../agents/base/errors.ts";
import type { SetEntry } from "./addresses.ts";
import type { Compiled } from "./compile.ts";
import { addressNumber, portNumbers } from "./values.ts";

const HOOKS = ["INPUT", "OUTPUT", "FORWARD"];

/** AppError for sets that are too large. `present`: what `iptables -S` prints. Undefined where the chains are there and `isCurrent`. */
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
  const rules = [...chains.values()].flat().filter((line) => !line.includes("-m physdev"));
  requireSize(rules, sets);
  return [
    "*filter",
    ...[...chains.keys(), ...stale].map((name) => `:${name} - [0:0]`),
    ...wanted.filter((hook) => !hooked.includes(hook)).map((hook) => `-A ${hook} -j PVEFW-${hook}`),
    ...hooked.filter((hook) => !wanted.includes(hook)).map((hook) => `-D ${hook} -j PVEFW-${hook}`),
    ...rules.flatMap((line) => withAddresses(withPorts(line), sets)),
    ...stale.map((name) => `-X ${name}`),
    "COMMIT\n",
  ].join("\n");
}

/** As many as the kernel of a small machine takes in a moment. */
const MAX_EXPANDED = 20_000;

/** How many rules the addresses of a line make, and with how many exceptions. */
function sizeOf(line: string, sets: Compiled["sets"]): number {
  const ofSet = ([, name = ""]: RegExpMatchArray) => {
    const entries = sets.get(name) ?? [];
    const except = entries.filter(({ nomatch }) => nomatch).length;
    return (entries.length - except) * (1 + except);
  };
  const counts = [
    ...[...line.matchAll(/--match-set (\S+)/g)].map(ofSet),
    ...[...line.matchAll(/-[sd] (\S+)/g)].map(([, list = ""]) => list.split(",").length),
  ];
  return counts.reduce((product, count) => product * count, 1);
}

/** AppError before anything is made: two sets in a rule are a rule for each pair of their addresses. */
function requireSize(lines: readonly string[], sets: Compiled["sets"]): void {
  const sizes = lines.map((line) => ({ line, size: sizeOf(line, sets) })).filter(({ size }) => size > 1);
  const total = sizes.reduce((sum, { size }) => sum + size, 0);
  if (total <= MAX_EXPANDED) return;
  const largest = sizes.reduce((one, other) => (other.size > one.size ? other : one));
  throw new AppError(
    "bad_config",
    `the lab's nodes have no ipset, and the rules' sets and lists stand for ${total} rules of iptables, more than ${MAX_EXPANDED}: ${largest.line}`,
  );
}

function withAddresses(line: string, sets: Compiled["sets"]): string[] {
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

/** Ports by number, whatever /etc/services of the machine says; iptables has those of UDP-Lite only as a list. */
function withPorts(line: string): string {
  const isLite = / -p (?:udplite|136) /.test(line);
  return line.replace(/ --([sd]ports?) (\S+)/g, (_all, flag: string, ports: string) =>
    isLite && !flag.endsWith("s")
      ? ` -m multiport --${flag}s ${portNumbers(ports)}`
      : ` --${flag} ${portNumbers(ports)}`,
  );
}

/** The first and the last address of a network. */
function rangeOf(cidr: string): string {
  const [address = "", prefix = "32"] = cidr.split("/");
  const number = addressNumber(address);
  const size = 2 ** (32 - Number(prefix));
  const first = number - (number % size);
  return `${dotted(first)}-${dotted(first + size - 1)}`;
}

function dotted(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}
