/** What a node says of the addresses around it: its own, its routers', and the one that it sees us at. Told by a machine that may lie: bounded. */
import type { TakenAddress } from "../../base/guest-networks.ts";
import { abortable } from "../commands/abortable.ts";
import { startCommand } from "./exec-channel.ts";
import type { Client, ClientChannel } from "./ssh.ts";

const LINE =
  'ip -o addr show; ip route show default; ip -6 route show default; set -- $SSH_CONNECTION; echo "from $1"';
const MAX_CHARS = 64_000;

/** Empty when it did not say: a node without `ip`, or one that hangs up. */
export async function addressesAround(
  client: Client,
  name: string,
  signal: AbortSignal,
): Promise<TakenAddress[]> {
  const said = await abortable(startCommand(client, LINE, collect), signal);
  return (said ?? "").split("\n").flatMap((line) => readLine(line, name));
}

/** `2: vmbr0 inet 192.168.10.201/24 ...`, `default via 192.168.10.1 dev vmbr0`, `from 192.168.10.10`. */
function readLine(line: string, name: string): TakenAddress[] {
  const words = line.split(" ").filter((word) => word !== "");
  const [first, second = "", third = "", fourth = ""] = words;
  if (first === "from") return [{ address: second, what: "the team's own place, as the nodes see it" }];
  if (first === "default" && second === "via") return [{ address: third, what: `the router of ${name}` }];
  if (third === "inet" || third === "inet6")
    return [{ address: fourth.split("/")[0] ?? "", what: `the node ${name}` }];
  return [];
}

async function collect(channel: ClientChannel): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  channel.stderr.resume();
  channel.on("data", (chunk: Buffer) => {
    if (text.length < MAX_CHARS) text += chunk.toString("latin1");
  });
  channel.on("close", () => resolve(text));
  channel.end();
  return await promise;
}
