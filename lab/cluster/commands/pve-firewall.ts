/** `pve-firewall` (PVE/Service/pve_firewall.pm): what the firewall's service is doing, and what it knows of the network. */
import { compileNode, runningFirewall } from "../../firewall/compile.ts";
import { compileText } from "../../firewall/show.ts";
import { simulate } from "../../firewall/simulate.ts";
import { type CommandOutcome, succeeded } from "../outcome.ts";
import { nodeOf } from "../storage.ts";
import { changeUnit, unitOf } from "../units.ts";
import type { CommandTree, Given, OwnCommand } from "./command.ts";
import type { Run } from "./run.ts";

const UNIT = "pve-firewall";
const SIMULATION =
  "dest?:ipv4 dport?:integer=1..65535 from?:string=16 protocol?:enum=tcp|udp source?:ipv4 " +
  "sport?:integer=1..65535 to?:string=16 verbose?:bool";

export const pveFirewall: CommandTree = {
  status: own((run) => {
    const state = unitOf(run.api.store.state(), run.node, UNIT)?.active ? "running" : "stopped";
    return succeeded(`Status: ${isEnabled(run) ? "enabled" : "disabled"}/${state}\n`);
  }),
  localnet: own(localnet),
  compile: own(compile),
  start: own((run) => turn(run, true)),
  restart: own((run) => turn(run, true)),
  stop: own((run) => turn(run, false)),
  simulate: { parameters: SIMULATION, run: simulateTest },
};

function own(run: OwnCommand["run"]): OwnCommand {
  return { parameters: "", run };
}

function isEnabled({ api: { store } }: Run): boolean {
  return Number(store.state().firewalls["cluster"]?.options["enable"] ?? 0) !== 0;
}

function localnet({ api: { store }, node }: Run): CommandOutcome {
  const state = store.state();
  const { address } = nodeOf(state, node);
  const network = `${address.replace(/\.\d+$/, "")}.0/24`;
  const own = state.firewalls["cluster"]?.aliases["local_network"]?.["cidr"];
  const used = own ? `using user defined local_network: ${own}` : `using detected local_network: ${network}`;
  const others = state.nodes.filter(({ name }) => name !== node);
  const peers = others.map((other) => ` - ${other.name}: ${other.address} (link: 0)\n`).join("");
  const facts = `local hostname: ${node}\nlocal IP address: ${address}\nnetwork auto detect: ${network}\n${used}\n`;
  return succeeded(`${facts}\naccepting corosync traffic from/to:\n${peers || " - no nodes found\n"}`);
}

function compile({ api: { store }, node }: Run): CommandOutcome {
  const state = store.state();
  const [compiled, running] = [compileNode(state, node), runningFirewall(state, node)];
  const text = compileText(compiled, running.chains.size > 0 ? "exists" : "create");
  return succeeded(`${text}${compiled.chains.size > 0 ? "" : "firewall disabled\n"}`);
}

const TEST = ["from", "to", "proto", "source", "dest", "dport", "sport"] as const;

/** Between the host and what is outside of it: guests have no chains. */
function simulateTest({ api: { store }, node }: Run, given: Given): CommandOutcome {
  const state = store.state();
  const { from = "outside", to = "host", protocol = "tcp", ...rest } = given;
  if (from === to || !["host", "outside"].includes(from) || !["host", "outside"].includes(to))
    return { exitCode: 255, stdout: "", stderr: "lab: chains of guests are not simulated\n" };
  const test: Given = { ...rest, from, to, proto: protocol };
  const lines = TEST.filter((name) => test[name] !== undefined).map(
    (name) => `  ${name.padEnd(8)}: ${test[name]}\n`,
  );
  const { address } = nodeOf(state, node);
  const port = (text: string | undefined) => (text === undefined ? undefined : Number(text));
  const verdict = simulate(compileNode(state, node), to === "host" ? "INPUT" : "OUTPUT", {
    proto: protocol,
    source: rest["source"] ?? (from === "host" ? address : undefined),
    dest: rest["dest"] ?? (to === "host" ? address : undefined),
    dport: port(rest["dport"]),
    sport: port(rest["sport"]),
  });
  return succeeded(`Test packet:\n${lines.join("")}ACTION: ${verdict}\n`);
}

function turn({ api: { store }, node }: Run, active: boolean): CommandOutcome {
  store.change((draft) => changeUnit(draft, { node, unit: UNIT, now: store.now() }, { active }));
  return succeeded();
}
