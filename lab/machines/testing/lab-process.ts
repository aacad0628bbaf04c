/** A lab in a process of its own, which a test ends in the ways in which processes end: `lab-process.ts DIRECTORY`. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startLab } from "../../lab.ts";

const stopping = new AbortController();
const directory = process.argv[2] ?? "";
mkdirSync(directory, { recursive: true });
const lab = await startLab({ directory: join(directory, "lab"), start: "fresh", signal: stopping.signal });
for (const { name } of lab.nodes) {
  const machine = lab.computer(name).machine;
  machine?.spawn(["/usr/bin/setsid", "/usr/bin/sleep", "3600"], {});
}
console.log(lab.computer("pve1").machine?.pid);
process.once("SIGTERM", () => void lab.close().then(() => process.exit()));
