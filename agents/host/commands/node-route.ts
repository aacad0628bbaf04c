/** What stands before a command that may reach the nodes, where a web proxy alone leads to these (node-route.pl). */
import { arch } from "node:os";
import { join } from "node:path";
import type { NodeAddress } from "../../base/config.ts";
import { bracketed } from "../../base/node-socket.ts";
import { askOnConnect } from "./seccomp.ts";
import { processorOf } from "./system-calls.ts";

/** Beside this file, and beside the bundles, where launcher/team/bundle.ts puts it. */
const PROGRAM = join(import.meta.dirname, "node-route.pl");

const NEEDED = "prctl seccomp pidfd_open pidfd_getfd".split(" ");

/** Empty where the nodes are reached straight. AppError `missing_requirement` on a processor whose calls are not known. */
export function routeArguments(nodes: readonly NodeAddress[]): string[] {
  const proxy = nodes.find((node) => node.proxy)?.proxy;
  if (!proxy) return [];
  const { numbers } = processorOf(arch());
  const calls = NEEDED.map((name) => `${name}=${numbers[name]}`).join(",");
  const hosts = nodes.map(({ host }) => bracketed(host)).join(",");
  const filter = askOnConnect().toString("hex");
  return ["perl", PROGRAM, calls, filter, `${bracketed(proxy.host)}:${proxy.port}`, hosts];
}
