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

function compiled(clusterFile: string, hostFile = "") {
  cluster.store.change((draft) => {
    applyFirewall(draft, "cluster", clusterFile);
    applyFirewall(draft, "node/pve1", hostFile);
  });
  return compileNode(cluster.store.state(), "pve1");
}

const ON = "[OPTIONS]\nenable: 1\n";

function hostIn(clusterFile: string, hostFile?: string): readonly string[] {
  const lines = compiled(clusterFile, hostFile).chains.get("PVEFW-HOST-IN") ?? [];
  return lines.map((line) => line.replace("-A PVEFW-HOST-IN ", ""));
}

it("is nothing until cluster.fw enables it, and leaves the host alone where host.fw says so", () => {
  expect(compiled("[OPTIONS]\npolicy_in: DROP\n").chains.size).toBe(0);
  expect(compiled(ON, "[OPTIONS]\nenable: 0\n").chains.get("PVEFW-INPUT")).toEqual([]);
});

it("has the rules of the node before those of the cluster, then management, corosync, the policy", () => {
  const lines = hostIn(
    `${ON}[RULES]\nIN ACCEPT -p tcp -dport 80\n`,
    "[RULES]\nIN DROP -i vmbr0 -p tcp -dport 3128\n",
  );
  const managed = "-m set --match-set PVEFW-0-management-v4 src -p tcp --dport";
  expect(lines).toEqual([
    "-i lo -j ACCEPT",
    "-m conntrack --ctstate INVALID -j DROP",
    "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-m conntrack --ctstate INVALID,NEW -j PVEFW-smurfs",
    "-p igmp -j RETURN",
    "-i vmbr0 -p tcp --dport 3128 -j DROP",
    "-p tcp --dport 80 -j RETURN",
    ...["8006", "5900:5999", "3128", "22", "60000:60050"].map((port) => `${managed} ${port} -j RETURN`),
    "-d 192.168.10.201 -s 192.168.10.202 -p udp --dport 5404:5405 -j RETURN",
    "-j PVEFW-Drop",
    "-j DROP",
  ]);
});

it("knows macros, aliases, sets, lists, logs and groups, and leaves out what names nothing", () => {
  const file = `${ON}[ALIASES]
admin 10.0.0.5 # me
[IPSET ops]
10.1.0.0/16
!10.1.2.0/24
admin
[RULES]
GROUP web -i vmbr0
IN SSH(ACCEPT) -source admin -log info
|IN ACCEPT -p tcp -dport 1
IN DROP -source +nothere
IN DROP -source nobody
IN ACCEPT -source +ops -p tcp -dport 22,8006
OUT REJECT -dest 10.9.0.0/16
[group web]
IN Web(ACCEPT)
`;
  const { chains, sets } = compiled(file);
  const own = (chains.get("PVEFW-HOST-IN") ?? []).filter((line) => /web|dport|admin|mark/.test(line));
  expect(own.slice(0, 5)).toEqual([
    "-A PVEFW-HOST-IN -i vmbr0 -j GROUP-web-IN",
    "-A PVEFW-HOST-IN -m mark --mark 0x80000000/0x80000000 -j RETURN",
    '-A PVEFW-HOST-IN -s 10.0.0.5 -p tcp --dport 22 -m limit --limit 1/sec -j NFLOG --nflog-prefix ":0:6:PVEFW-HOST-IN: ACCEPT: "',
    "-A PVEFW-HOST-IN -s 10.0.0.5 -p tcp --dport 22 -j RETURN",
    "-A PVEFW-HOST-IN -m set --match-set PVEFW-0-ops-v4 src -p tcp --match multiport --dports 22,8006 -j RETURN",
  ]);
  expect(chains.get("GROUP-web-IN")).toContain("-A GROUP-web-IN -p tcp --dport 443 -g PVEFW-SET-ACCEPT-MARK");
  expect(chains.get("PVEFW-HOST-OUT")).toContain("-A PVEFW-HOST-OUT -d 10.9.0.0/16 -j PVEFW-reject");
  expect(sets.get("PVEFW-0-ops-v4")).toEqual([
    { cidr: "10.0.0.5", nomatch: false },
    { cidr: "10.1.0.0/16", nomatch: false },
    { cidr: "10.1.2.0/24", nomatch: true },
  ]);
});

it.each(["22;reboot", "-j X", "$(x)", "1:0", "70000", "\n-A INPUT"])("takes no port %j for one", (port) => {
  cluster.store.change((draft) => {
    applyFirewall(draft, "cluster", ON);
    draft.firewalls["cluster"]?.rules.push({
      type: "in",
      action: "ACCEPT",
      enable: 1,
      proto: "tcp",
      dport: port,
    });
  });
  expect([...compileNode(cluster.store.state(), "pve1").chains.values()].flat().join("\n")).not.toContain(
    `--dport ${port}`,
  );
});

it("gives iptables addresses for sets, what is missing and nothing that is stale", () => {
  const wanted = compiled(`${ON}[IPSET ops]\n10.1.0.0/16\n!10.1.2.0/24\n[RULES]\nIN ACCEPT -source +ops\n`);
  const text =
    restoreText(wanted, "-P INPUT ACCEPT\n-N GROUP-old-IN\n-A OUTPUT -j PVEFW-OUTPUT\n", false) ?? "";
  expect(text).toContain(
    "-A PVEFW-HOST-IN -s 10.1.0.0/16 -m iprange ! --src-range 10.1.2.0-10.1.2.255 -j RETURN\n",
  );
  expect(text).toContain("-A INPUT -j PVEFW-INPUT\n");
  expect(text).not.toContain("-A OUTPUT -j PVEFW-OUTPUT\n");
  expect(text).toContain(":GROUP-old-IN - [0:0]\n");
  expect(text).toContain("-X GROUP-old-IN\nCOMMIT\n");
  expect(text).not.toContain("--match-set");
  const present = [...wanted.chains.keys()].map((name) => `-N ${name}`);
  const hooks = ["INPUT", "OUTPUT", "FORWARD"].map((hook) => `-A ${hook} -j PVEFW-${hook}`);
  expect(restoreText(wanted, [...present, ...hooks].join("\n"), true)).toBeUndefined();
  expect(restoreText(wanted, "-P INPUT ACCEPT\n", true)).toContain("-A INPUT -j PVEFW-INPUT\n");
  const gone = restoreText({ chains: new Map(), sets: new Map() }, [...present, ...hooks].join("\n"), false);
  expect(gone).toContain("-D INPUT -j PVEFW-INPUT\n");
});
