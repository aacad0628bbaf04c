/** A lab with a guest in a process of its own, which a test ends in the ways in which processes end: `lab-process.ts DIRECTORY`. */
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
const image = "debian-13-genericcloud-amd64.qcow2";
const download = "pvesh create /nodes/pve1/storage/local/download-url --content import";
const commands = [
  `${download} --filename ${image} --url https://cloud.debian.org/${image}`,
  `qm create 100 --memory 128 --scsi0 local-lvm:0,import-from=local:import/${image}`,
  "qm start 100",
];
for (const command of commands) await lab.exec("pve1", command.split(" "));
await lab.guests.settled();
const guest = lab.guests.machine(100)?.computer.machine;
if (!guest) throw new Error(lab.guests.console(100));
guest.spawn(["/usr/bin/setsid", "/usr/bin/sleep", "3600"], {});
console.log(lab.computer("pve1").machine?.pid);
process.once("SIGTERM", () => void lab.close().then(() => process.exit()));
