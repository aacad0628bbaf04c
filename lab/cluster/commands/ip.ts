/** `ip`: the interfaces of a node. Reading only: the lab has no network of its own to change. */
import { type CommandOutcome, failed, notSimulated, succeeded } from "../outcome.ts";
import type { ClusterNode } from "../state.ts";
import { nodeOf } from "../storage.ts";
import type { Run } from "./run.ts";

const OBJECTS: Readonly<Record<string, "address" | "link" | "route">> = {
  a: "address",
  addr: "address",
  address: "address",
  l: "link",
  link: "link",
  r: "route",
  route: "route",
};

export function ip(run: Run): CommandOutcome {
  const [word = "", ...rest] = run.argv
    .slice(1)
    .filter((argument) => !/^-(?:4|c(?:olor)?(?:=\w+)?)$/.test(argument));
  const object = Object.hasOwn(OBJECTS, word) ? OBJECTS[word] : undefined;
  if (!object) return notSimulated(`ip ${word}`, 255);
  const [verb = "show", ...names] = rest;
  if (!["show", "list", "ls"].includes(verb)) return notSimulated(`ip ${word} ${verb}`, 255);
  const node = nodeOf(run.api.store.state(), run.node);
  const network = node.address.replace(/\.\d+$/, "");
  if (object === "route") {
    return succeeded(
      `default via ${network}.1 dev vmbr0 proto kernel onlink\n${network}.0/24 dev vmbr0 proto kernel scope link src ${node.address}\n`,
    );
  }
  const wanted = names.filter((name) => name !== "dev")[0];
  const shown = interfaces(node, object === "address").filter(
    ({ name }) => wanted === undefined || name === wanted,
  );
  if (shown.length === 0) return failed(1, `Device "${wanted}" does not exist.`);
  return succeeded(shown.map(({ text }) => text).join(""));
}

function interfaces(node: ClusterNode, addresses: boolean): { name: string; text: string }[] {
  const inet = (text: string) =>
    addresses ? `    inet ${text}\n       valid_lft forever preferred_lft forever\n` : "";
  const up = "mtu 1500 qdisc";
  const broadcast = node.address.replace(/\.\d+$/, ".255");
  return [
    {
      name: "lo",
      text: `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n${inet("127.0.0.1/8 scope host lo")}`,
    },
    {
      name: "nic0",
      text: `2: nic0: <BROADCAST,MULTICAST,UP,LOWER_UP> ${up} pfifo_fast master vmbr0 state UP group default qlen 1000\n    link/ether ${node.macAddress} brd ff:ff:ff:ff:ff:ff\n`,
    },
    {
      name: "vmbr0",
      text: `3: vmbr0: <BROADCAST,MULTICAST,UP,LOWER_UP> ${up} noqueue state UP group default qlen 1000\n    link/ether ${node.macAddress} brd ff:ff:ff:ff:ff:ff\n${inet(`${node.address}/24 brd ${broadcast} scope global vmbr0`)}`,
    },
  ];
}
