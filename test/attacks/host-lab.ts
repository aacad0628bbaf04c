/** A lab in a process of its own, as whichever user started it: says how to log in to a node, ends with its input. */
import { join } from "node:path";
import { startLab } from "../../lab/lab.ts";

const stopping = new AbortController();
const lab = await startLab({
  directory: join(process.argv[2] ?? "", "lab"),
  start: "fresh",
  signal: stopping.signal,
});
process.stdout.write(`${JSON.stringify({ node: lab.nodes[0], privateKeyFile: lab.privateKeyFile })}\n`);
process.stdin.resume().once("end", () => void lab.close().then(() => process.exit()));
