/** Corosync's own programs: `corosync-quorumtool`, `corosync-cmapctl`, `corosync-cfgtool -s`; and `pvecm`, which asks them. */
import { AppError } from "../../../agents/base/errors.ts";
import { asctime } from "../local-time.ts";
import { type CommandOutcome, failed, notSimulated, succeeded } from "../outcome.ts";
import type { ClusterNode, ClusterState } from "../state.ts";
import { nodeOf } from "../storage.ts";
import type { CommandTree } from "./command.ts";
import type { Run } from "./run.ts";

export const pvecm: CommandTree = {
  status: {
    parameters: "",
    run: (run) => {
      const { name } = run.api.store.state();
      const facts = { Name: name, "Config Version": "2", Transport: "knet", "Secure auth": "on" };
      return succeeded(`${section("Cluster information", facts)}\n${quorumStatus(run)}`);
    },
  },
  nodes: { parameters: "", run: (run) => succeeded(quorumNodes(run)) },
  expected: {
    positional: ["expected"],
    parameters: "expected:integer=1..",
    run: (run, { expected = "" }) => {
      run.api.store.change((draft) => {
        // Votequorum never expects fewer votes than there are.
        const votes = Math.max(Number(expected), draft.nodes.length);
        draft.sections["corosync"] = { quorum: { expected: votes } };
      });
      return succeeded();
    },
  },
  apiver: { route: "GET /cluster/config/apiversion", print: (data) => `${data}\n` },
  updatecerts: { parameters: "force?:bool silent?:bool unmerge-known-hosts?:bool", run: updateCertificates },
  delnode: {
    positional: ["node"],
    parameters: "node:pve-node",
    run: (run, { node = "" }) => {
      if (node === run.node) throw new AppError("conflict", "Cannot delete myself from cluster!");
      if (!run.api.store.state().nodes.some(({ name }) => name === node))
        throw new AppError("conflict", `Node/IP: ${node} is not a known host of the cluster.`);
      return notSimulated(run.argv.join(" "));
    },
  },
  create: {
    positional: ["clustername"],
    parameters: "clustername:pve-node link[n]? nodeid?:integer=1.. votes?:integer=1..",
    run: () => failed(255, "cluster config '/etc/pve/corosync.conf' already exists"),
  },
  add: "gap",
  addnode: "gap",
  keygen: "gap",
  mtunnel: "gap",
  qdevice: { commands: { setup: "gap", remove: "gap" } },
};

function updateCertificates(_run: Run, { silent }: Readonly<Record<string, string>>): CommandOutcome {
  return succeeded(
    silent === "1" ? "" : "(re)generate node files\nmerge authorized SSH keys and known hosts\n",
  );
}

export function quorumtool(run: Run): CommandOutcome {
  const [flags = "-s", ...rest] = run.argv.slice(1);
  if (rest.length > 0 || !/^-[siHln]+$/.test(flags)) return notSimulated(run.argv.join(" "), 1);
  return succeeded(flags.includes("l") ? quorumNodes(run) : quorumStatus(run));
}

function quorumStatus({ api: { store }, node }: Run): string {
  const state = store.state();
  const count = String(state.nodes.length);
  const expected = String(state.sections["corosync"]?.["quorum"]?.["expected"] ?? count);
  const quorum = section("Quorum information", {
    Date: asctime(store.now()),
    "Quorum provider": "corosync_votequorum",
    Nodes: count,
    "Node ID": hexId(nodeOf(state, node)),
    "Ring ID": "1.1f",
    Quorate: "Yes",
  });
  const votes = section("Votequorum information", {
    "Expected votes": expected,
    "Highest expected": expected,
    "Total votes": count,
    Quorum: `${Math.floor(Number(expected) / 2) + 1}  `,
    Flags: "Quorate ",
  });
  return `${quorum}\n${votes}\n${membership(state, node)}`;
}

function quorumNodes({ api: { store }, node }: Run): string {
  const rows = store.state().nodes.map(({ id, name }) => {
    return `${String(id).padStart(10)}          1 ${name}${name === node ? " (local)" : ""}\n`;
  });
  const title = "Membership information";
  return `\n${title}\n${"-".repeat(title.length)}\n    Nodeid      Votes Name\n${rows.join("")}`;
}

function section(title: string, facts: Record<string, string>): string {
  const lines = Object.entries(facts).map(([key, value]) => `${`${key}:`.padEnd(18)}${value}\n`);
  return `${title}\n${"-".repeat(title.length)}\n${lines.join("")}`;
}

function membership(state: ClusterState, local: string): string {
  const rows = state.nodes.map((node) => {
    return `${hexId(node)}          1 ${node.address}${node.name === local ? " (local)" : ""}\n`;
  });
  return `Membership information\n----------------------\n    Nodeid      Votes Name\n${rows.join("")}`;
}

function hexId(node: ClusterNode): string {
  return `0x${node.id.toString(16).padStart(8, "0")}`;
}

/** `corosync-cmapctl [-g] [KEY...]`: a key, or all that begin with a prefix. */
export function cmapctl(run: Run): CommandOutcome {
  const keys = cmap(run.api.store.state());
  const words = run.argv.slice(1).filter((word) => word !== "-g" && word !== "-b");
  if (words.some((word) => word.startsWith("-"))) return notSimulated(run.argv.join(" "), 1);
  const wanted = keys.filter(([key]) => words.length === 0 || words.some((word) => key.startsWith(word)));
  const missing = words.filter((word) => !keys.some(([key]) => key.startsWith(word)));
  const lines = wanted.map(([key, type, value]) => `${key} (${type}) = ${value}\n`).join("");
  const complaints = missing.map((word) => `Can't get key ${word}. Error CS_ERR_NOT_EXIST\n`).join("");
  return { exitCode: missing.length > 0 ? 1 : 0, stdout: lines, stderr: complaints };
}

function cmap(state: ClusterState): [key: string, type: string, value: string][] {
  const nodes = state.nodes.flatMap(({ name, id, address }, at): [string, string, string][] => [
    [`nodelist.node.${at}.name`, "str", name],
    [`nodelist.node.${at}.nodeid`, "u32", String(id)],
    [`nodelist.node.${at}.quorum_votes`, "u32", "1"],
    [`nodelist.node.${at}.ring0_addr`, "str", address],
  ]);
  return [
    ...nodes,
    ["quorum.provider", "str", "corosync_votequorum"],
    ["runtime.votequorum.ev_barrier", "u32", String(state.nodes.length)],
    ["totem.cluster_name", "str", state.name],
    ["totem.config_version", "u64", "2"],
    ["totem.interface.0.bindnetaddr", "str", state.nodes[0]?.address ?? ""],
    ["totem.ip_version", "str", "ipv4-6"],
    ["totem.link_mode", "str", "passive"],
    ["totem.secauth", "str", "on"],
    ["totem.token", "u32", "3000"],
    ["totem.version", "u32", "2"],
  ];
}
