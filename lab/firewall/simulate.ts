/** What becomes of the first packet of a connection in the chains of a node, as PVE/FirewallSimulator.pm goes through them. */
import type { Compiled } from "./compile.ts";
import { addressNumber, portNumbers } from "./values.ts";

export type Packet = {
  proto: string;
  source?: string | undefined;
  dest?: string | undefined;
  dport?: number | undefined;
  sport?: number | undefined;
};

export type Verdict = "ACCEPT" | "DROP" | "REJECT";

type Rule = {
  matches(packet: Packet, isMarked: boolean): boolean;
  target: string;
  isGoto: boolean;
  mark: string | undefined;
};
type Walk = { compiled: Compiled; packet: Packet; isMarked: boolean };

/** `hook`: INPUT or OUTPUT. What no chain decides passes. */
export function simulate(compiled: Compiled, hook: "INPUT" | "OUTPUT", packet: Packet): Verdict {
  return walk({ compiled, packet, isMarked: false }, `PVEFW-${hook}`, 0) ?? "ACCEPT";
}

const MAX_DEPTH = 16;

function walk(state: Walk, chain: string, depth: number): Verdict | undefined {
  if (depth > MAX_DEPTH) return undefined;
  for (const line of state.compiled.chains.get(chain) ?? []) {
    const { target, isGoto, mark, matches } = ruleOf(line, state.compiled.sets);
    if (!matches(state.packet, state.isMarked)) continue;
    if (target === "ACCEPT" || target === "DROP" || target === "REJECT") return target;
    if (target === "RETURN") return undefined;
    if (target === "MARK") state.isMarked = mark?.startsWith("0x8") === true;
    else if (state.compiled.chains.has(target)) {
      const verdict = walk(state, target, depth + 1);
      if (verdict || isGoto) return verdict;
    }
  }
  return undefined;
}

type Test = (packet: Packet, isMarked: boolean) => boolean;

function ruleOf(line: string, sets: Compiled["sets"]): Rule {
  const words = line.split(" ");
  const after = (flag: string) => {
    const at = words.indexOf(flag);
    return at < 0 ? undefined : words[at + 1];
  };
  const tests = words.flatMap((word, at): Test[] => {
    const test = Object.hasOwn(TESTS, word) ? TESTS[word] : undefined;
    return test ? [test({ value: words[at + 1] ?? "", next: words[at + 2] ?? "", sets })] : [];
  });
  const jump = after("-g");
  return {
    matches: (packet, isMarked) => tests.every((test) => test(packet, isMarked)),
    target: jump ?? after("-j") ?? "",
    isGoto: jump !== undefined,
    mark: after("--set-mark"),
  };
}

type Asked = { value: string; next: string; sets: Compiled["sets"] };

/** A packet that begins a connection, from one host to another: neither broadcast nor strange. */
const TESTS: Readonly<Record<string, (asked: Asked) => Test>> = {
  "-i":
    ({ value }) =>
    () =>
      value !== "lo",
  "-o":
    ({ value }) =>
    () =>
      value !== "lo",
  "-s":
    ({ value }) =>
    ({ source }) =>
      isWithin(source, value),
  "-d":
    ({ value }) =>
    ({ dest }) =>
      isWithin(dest, value),
  "-p":
    ({ value }) =>
    ({ proto }) =>
      proto === value,
  "--dport":
    ({ value }) =>
    ({ dport }) =>
      isPort(dport, value),
  "--sport":
    ({ value }) =>
    ({ sport }) =>
      isPort(sport, value),
  "--dports":
    ({ value }) =>
    ({ dport }) =>
      isPort(dport, value),
  "--sports":
    ({ value }) =>
    ({ sport }) =>
      isPort(sport, value),
  "--ctstate":
    ({ value }) =>
    () =>
      value.split(",").includes("NEW"),
  "--mark": () => (_packet, isMarked) => isMarked,
  "--match-set":
    ({ value, next, sets }) =>
    ({ source, dest }) => {
      const address = next === "src" ? source : dest;
      const found = (sets.get(value) ?? []).filter(({ cidr }) => isWithin(address, cidr));
      return found.length > 0 && !found.some(({ nomatch }) => nomatch);
    },
  ...Object.fromEntries(
    [
      "--dst-type",
      "--src-type",
      "--tcp-flags",
      "--icmp-type",
      "--physdev-is-bridged",
      "--src-range",
      "--dst-range",
    ].map((flag) => [flag, () => () => false]),
  ),
};

function isPort(port: number | undefined, wanted: string): boolean {
  return portNumbers(wanted)
    .split(",")
    .some((part) => {
      const [from = "", to = from] = part.split(":");
      return port !== undefined && port >= Number(from) && port <= Number(to);
    });
}

function isWithin(address: string | undefined, wanted: string): boolean {
  if (address === undefined) return false;
  return wanted.split(",").some((cidr) => {
    const [network = "", prefix = "32"] = cidr.split("/");
    const size = 2 ** (32 - Number(prefix));
    return Math.floor(addressNumber(address) / size) === Math.floor(addressNumber(network) / size);
  });
}
