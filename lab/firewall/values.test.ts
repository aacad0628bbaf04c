/** What somebody writes into a firewall by mistake or on purpose costs that line, and no other: iptables takes the rest. */
import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createTestCluster, type TestCluster } from "../cluster/testing.ts";
import { applyFirewall } from "../pmxcfs/apply-firewall.ts";
import { compileNode } from "./compile.ts";
import { restoreText } from "./restore.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = createTestCluster("fresh");
});
afterEach(() => cluster.remove());

const GOOD = "IN ACCEPT -p tcp -dport 4711";

function compiled(file: string) {
  cluster.store.change((draft) => applyFirewall(draft, "cluster", `[OPTIONS]\nenable: 1\n${file}`));
  return compileNode(cluster.store.state(), "pve1");
}

/** In a network of its own. */
function iptables(text: string): string {
  const { status, stderr } = spawnSync("unshare", ["-rn", "iptables-restore", "-w", "--noflush"], {
    input: text,
    encoding: "utf8",
  });
  return `${status} ${stderr}`;
}

function restored(file: string): string {
  return restoreText(compiled(file), "", false) ?? "";
}

it.each([
  "-p nosuchproto",
  "-p -j",
  "-p constructor",
  "-p tcp -dport nosuchport",
  "-p tcp -dport 1:http",
  "-p tcp -dport 1,,2",
  "-p tcp -dport http,https,1,2,3,4,5,6,7,8,9,10,11,12,13,14",
  "-p icmp -icmp-type nonsense",
  "-p icmp -dport 256",
  "-p tcp -icmp-type any",
  "-icmp-type any",
  "-p gre -dport 1",
  "-source 1.2.3.4/8-5.6.7.8",
  "-source 1.2.3.5-1.2.3.4",
  "-source 1.2.3.4,1.2.3.5-1.2.3.6",
  "-source 1.2.3.4,::1",
  "-source 1.2.3.4/33",
  "-source constructor",
  "-source +constructor",
  "-source bad",
  "-source worse",
  "-source +guest/ops",
  "-i -j -p tcp",
  "-i averyveryverylongname",
  "-log loud",
])("leaves out a rule with %s, and keeps those around it", (words) => {
  const aliases = "[ALIASES]\nbad deadbeef\nworse 1.2.3.4/99\n[IPSET ops]\n10.0.0.1\n";
  const text = restored(`${aliases}[RULES]\nIN DROP -p tcp -dport 1\nIN ACCEPT ${words}\n${GOOD}\n`);
  const lines = text.split("\n");
  const first = lines.findIndex((line) => line.endsWith(" --dport 1 -j DROP"));
  expect(lines[first + 1]).toBe("-A PVEFW-HOST-IN -p tcp --dport 4711 -j RETURN");
  expect(iptables(text)).toBe("0 ");
});

it.each([
  ["-p udplite -dport 22", "-p udplite -m multiport --dports 22"],
  ["-p 136 -sport 22 -dport 23,24", "-p 136 -m multiport --sports 22 --match multiport --dports 23,24"],
  ["-p udp -dport ssh", "-p udp --dport 22"],
  ["-p sctp -dport http,5:6", "-p sctp --match multiport --dports 80,5:6"],
  ["-p icmp -icmp-type TOS-host-redirect", "-p icmp -m icmp --icmp-type TOS-host-redirect"],
  ["-p icmp -dport 8", "-p icmp -m icmp --icmp-type 8"],
  ["-p mptcp", "-p mptcp"],
  ["-source 10.0.0.1-10.0.0.9", "-m iprange --src-range 10.0.0.1-10.0.0.9"],
])("hands %s to iptables in its words", (words, match) => {
  const text = restored(`[RULES]\nIN ACCEPT ${words}\n`);
  expect(text).toContain(`-A PVEFW-HOST-IN ${match} -j RETURN\n`);
  expect(iptables(text)).toBe("0 ");
});

it("takes no chain, set, alias or network that cannot be one", () => {
  const long = "x".repeat(19);
  const file = `[ALIASES]\nlocal_network deadbeef\n[IPSET constructor]\nconstructor\n1.2.3.4-1.2.3.9\n10.0.0.1/33\n10.1.0.0/16
[IPSET no.name]\n10.2.0.0/16\n[group ${long}]\n${GOOD}\n[RULES]\nGROUP ${long}\nGROUP constructor\nIN DROP -source +constructor\n${GOOD}\n`;
  const { chains, sets } = compiled(file);
  expect(sets.get("PVEFW-0-constructor-v4")).toEqual([{ cidr: "10.1.0.0/16", nomatch: false }]);
  expect(sets.get("PVEFW-0-management-v4")).toEqual([{ cidr: "192.168.10.0/24", nomatch: false }]);
  expect([...chains.keys()].filter((name) => name.startsWith("GROUP"))).toEqual([
    "GROUP-constructor-IN",
    "GROUP-constructor-OUT",
  ]);
  expect(iptables(restored(file))).toBe("0 ");
});

it("takes as many rules and entries as somebody writes", () => {
  const many = (line: (at: number) => string) =>
    Array.from({ length: 60_000 }, (_, at) => line(at)).join("\n");
  const address = (at: number) => `10.0.${Math.floor(at / 256)}.${at % 256}`;
  const { chains, sets } = compiled(
    `[RULES]\n${many((at) => `IN DROP -source ${address(at)}`)}\n[IPSET ops]\n${many(address)}\n`,
  );
  expect(chains.get("PVEFW-HOST-IN")?.length).toBeGreaterThan(60_000);
  expect(sets.get("PVEFW-0-ops-v4")?.length).toBe(60_000);
});

it.each(["-source +ops -dest +ops", `-source ${list()} -dest ${list()}`, "-source +mixed"])(
  "does not make more of a rule than a node can take",
  (words) => {
    const entries = list().replaceAll(",", "\n");
    const mixed = `${entries}\n${entries.replace(/^10/gm, "!11")}`;
    const file = `[IPSET ops]\n${entries}\n[IPSET mixed]\n${mixed}\n[RULES]\nIN DROP ${words}\n`;
    expect(() => restored(file)).toThrow(expect.objectContaining({ code: "bad_config" }));
  },
);

function list(): string {
  return Array.from({ length: 200 }, (_, at) => `10.0.0.${at}`).join(",");
}

it.each([
  ["--proto nosuchproto", "proto: invalid format - unknown protocol 'nosuchproto'"],
  ["--proto tcp --dport nosuchport", "dport: invalid format - invalid port 'nosuchport'"],
  [
    "--proto tcp --dport 9:1",
    "dport: invalid format - backwards range '9:1' not allowed, did you mean '1:9'?",
  ],
  ["--proto tcp --dport 70000", "dport: invalid format - invalid port '70000'"],
  ["--proto icmp --icmp-type nonsense", "icmp-type: invalid format - invalid icmp-type value 'nonsense'"],
  ["--proto icmp --icmp-type no-route", "icmp-type: invalid icmp-type 'no-route' for proto 'icmp'"],
  ["--proto gre --dport 1", "dport: protocol 'gre' does not support ports"],
  ["--source 1.2.3.4/8-5.6.7.8", "source: invalid format - invalid IP address: 1.2.3.4/8-5.6.7.8"],
  ["--source constructor", "source: no such alias 'constructor'"],
  ["--source +constructor", "source: no such ipset 'constructor'"],
  ["--macro SSH --proto udp", "proto: parameter 'proto' already define in macro (value = 'tcp')"],
  ["--macro constructor", "macro: unknown macro 'constructor'"],
])("refuses a rule with %s", (words, problem) => {
  const rule = `pvesh create /cluster/firewall/rules --type in --action ACCEPT --enable 1 ${words}`;
  expect(cluster.on("pve1", rule).stderr).toContain(`${problem}\n`);
});

it.each([
  ["rules --type group --action constructor", "action: security group 'constructor' does not exist"],
  ["aliases --name constructor --cidr deadbeef", "cidr: invalid format - value does not look like a valid"],
  ["aliases --name a_b --cidr 1.2.3.4/99", "cidr: invalid format - value does not look like a valid"],
  ["ipset/constructor --cidr 10.0.0.1", "no such IPSet 'constructor'"],
])("refuses %s", (words, problem) => {
  expect(cluster.on("pve1", `pvesh create /cluster/firewall/${words}`).stderr).toContain(problem);
});

it("takes aliases, sets and groups by any name that may be one", () => {
  for (const words of [
    "aliases --name constructor --cidr 10.0.0.1",
    "ipset --name constructor",
    "ipset/constructor --cidr constructor",
    "groups --group constructor",
    "rules --type group --action constructor --enable 1",
    "rules --type in --action ACCEPT --source constructor --enable 1",
  ])
    expect(cluster.on("pve1", `pvesh create /cluster/firewall/${words}`).stderr).toBe("");
  expect(
    cluster.on("pve1", "pvesh create /cluster/firewall/ipset/constructor --cidr 1.2.3.4-1.2.3.5").stderr,
  ).toContain("cidr: invalid format");
});
