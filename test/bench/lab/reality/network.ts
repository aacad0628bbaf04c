/** The network of a node is its own: what its firewall closes is closed, to whom it is closed. */
import type { Check, World } from "./world.ts";

/** Rules in force while `during` looks. The node itself opens up again if it has locked everybody out. */
async function withRules(world: World, rules: string, during: () => Promise<boolean>): Promise<boolean> {
  const table = `table inet reality {\nchain input { type filter hook input priority -5; ${rules} }\n}`;
  const set = await world.root("pve1", `echo '${table}' | nft -f -`);
  const held = set.exitCode === 0 && (await during());
  await world.root("pve1", "nft delete table inet reality");
  return held;
}

export const NETWORK_CHECKS: readonly Check[] = [
  {
    name: "L01: a command's end is told while something still holds its output",
    holds: async ({ root }) => {
      // A client waits for the end of the output, 42 seconds; it has the exit status before it is ended.
      const { exitCode, stdout, stderr } = await root(
        "pve1",
        "timeout 10 ssh -v pve2 'sleep 42 & echo started'",
      );
      const isTold = /client_input_channel_req: channel \d+ rtype exit-status/.test(stderr);
      return exitCode === 124 && stdout === "started\n" && isTold;
    },
  },
  {
    name: "nodes reach each other by name",
    holds: async ({ root }) => (await root("pve1", "ping -c1 -W2 pve2")).exitCode === 0,
  },
  {
    name: "an address that nobody has does not answer",
    holds: async ({ root }) => (await root("pve1", "ping -c1 -W1 192.168.10.99")).exitCode !== 0,
  },
  {
    name: "nothing of a node reaches the world",
    holds: async ({ connects }) => !(await connects("pve1", "1.1.1.1", 443)),
  },
  {
    name: "a port on which nothing listens is refused, one on which something does is not",
    holds: async (world) => {
      const before = await world.connects("pve2", "pve1", 7777);
      await world.root(
        "pve1",
        "setsid python3 -m http.server 7777 >/dev/null 2>&1 & for i in $(seq 100); do ss -tln | grep -q :7777 && break; sleep 0.05; done",
      );
      return !before && (await world.connects("pve2", "pve1", 7777));
    },
  },
  {
    name: "a port that nft drops is closed to the neighbour",
    holds: (world) =>
      withRules(world, "tcp dport 7777 drop;", async () => !(await world.connects("pve2", "pve1", 7777))),
  },
  {
    name: "a rule for one address leaves the others alone",
    holds: (world) =>
      withRules(world, "ip saddr 192.168.10.202 drop;", async () => {
        const neighbour = await world.connects("pve2", "pve1", 7777);
        return !neighbour && (await world.root("pve1", "true")).exitCode === 0;
      }),
  },
  {
    name: "ping that nft drops is not answered",
    holds: (world) =>
      withRules(
        world,
        "icmp type echo-request drop;",
        async () => (await world.root("pve2", "ping -c1 -W1 pve1")).exitCode !== 0,
      ),
  },
  {
    name: "counters count",
    holds: (world) =>
      withRules(world, "tcp dport 7777 counter accept;", async () => {
        await world.connects("pve2", "pve1", 7777);
        const { stdout } = await world.root("pve1", "nft list table inet reality");
        return /counter packets [1-9]/.test(stdout);
      }),
  },
  {
    name: "iptables closes a port as well",
    holds: async (world) => {
      await world.root("pve1", "iptables -A INPUT -p tcp --dport 7777 -j REJECT");
      const closed = !(await world.connects("pve2", "pve1", 7777));
      await world.root("pve1", "iptables -F INPUT");
      return closed && (await world.connects("pve2", "pve1", 7777));
    },
  },
  {
    name: "a firewall that drops everything locks everybody out, and heals by the node's own timer",
    holds: async (world) => {
      await world.root("pve1", "systemd-run --on-active=300 nft delete table inet lockout");
      await world.root(
        "pve1",
        "nft add table inet lockout; nft 'add chain inet lockout i { type filter hook input priority -9; policy drop; }'",
      );
      const out = (await world.login("pve1", {})).exitCode !== 0;
      await world.lab.advance(301_000);
      return out && (await world.login("pve1", {})).exitCode === 0;
    },
  },
  {
    name: "rules of one node are not those of the other",
    holds: (world) =>
      withRules(
        world,
        "tcp dport 9 drop;",
        async () => !(await world.root("pve2", "nft list ruleset")).stdout.includes("reality"),
      ),
  },
  {
    name: "rules are gone after a reboot; those of nftables.conf are there when its unit is enabled",
    holds: async (world) => {
      await world.root(
        "pve2",
        "nft add table inet volatile; systemctl enable nftables; echo 'table inet kept {}' >> /etc/nftables.conf",
      );
      await world.lab.computer("pve2").reboot();
      const { stdout } = await world.root("pve2", "nft list tables");
      return stdout.includes("inet kept") && !stdout.includes("volatile");
    },
  },
];
