/** `pvecm`: membership and quorum. Both nodes of the lab are always there. */
import { type CommandOutcome, succeeded } from "../outcome.ts";
import type { ClusterNode, ClusterState } from "../state.ts";
import { nodeOf } from "../storage.ts";
import type { Run, Tool } from "./program.ts";

const REAL_BUT_MISSING = "add addnode apiver create delnode expected keygen mtunnel qdevice updatecerts";

export const pvecm: Tool = {
  missing: REAL_BUT_MISSING.split(" "),
  subcommands: {
    status: { usage: "", positional: [], execute: status },
    nodes: { usage: "", positional: [], execute: nodes },
  },
};

function status({ store, node }: Run): CommandOutcome {
  const state = store.state();
  const local = nodeOf(state, node);
  const sections = [
    section("Cluster information", {
      Name: state.name,
      "Config Version": "2",
      Transport: "knet",
      "Secure auth": "on",
    }),
    section("Quorum information", {
      Date: asctime(store.now()),
      "Quorum provider": "corosync_votequorum",
      Nodes: String(state.nodes.length),
      "Node ID": hexId(local),
      "Ring ID": "1.1f",
      Quorate: "Yes",
    }),
    section("Votequorum information", {
      "Expected votes": "2",
      "Highest expected": "2",
      "Total votes": "2",
      Quorum: "2  ",
      Flags: "Quorate ",
    }),
  ];
  return succeeded(`${sections.join("\n")}\n${membership(state, local)}`);
}

function nodes({ store, node }: Run): CommandOutcome {
  const rows = store.state().nodes.map(({ id, name }) => {
    return `${String(id).padStart(10)}          1 ${name}${name === node ? " (local)" : ""}\n`;
  });
  const title = "Membership information";
  return succeeded(`\n${title}\n${"-".repeat(title.length)}\n    Nodeid      Votes Name\n${rows.join("")}`);
}

function section(title: string, facts: Record<string, string>): string {
  const lines = Object.entries(facts).map(([key, value]) => `${`${key}:`.padEnd(18)}${value}\n`);
  return `${title}\n${"-".repeat(title.length)}\n${lines.join("")}`;
}

function membership(state: ClusterState, local: ClusterNode): string {
  const rows = state.nodes.map((node) => {
    return `${hexId(node)}          1 ${node.address}${node.id === local.id ? " (local)" : ""}\n`;
  });
  return `Membership information\n----------------------\n    Nodeid      Votes Name\n${rows.join("")}`;
}

function hexId(node: ClusterNode): string {
  return `0x${node.id.toString(16).padStart(8, "0")}`;
}

/** `Thu Feb 26 15:22:49 2026`, in UTC. */
function asctime(now: number): string {
  const [weekday = "", day = "", month = "", year = "", time = ""] = new Date(now)
    .toUTCString()
    .replace(",", "")
    .split(" ");
  return `${weekday} ${month} ${day.replace(/^0/, " ")} ${time} ${year}`;
}
