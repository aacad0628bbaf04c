/**
 * The one program behind `qm`, `pvesh`, `systemctl` and the others on a node: hands its name and arguments to the
 * node's server and ends as that says. Stripped of its types it is copied into the node, so it imports nothing of ours.
 */
import { connect } from "node:net";
import { basename } from "node:path";

type Answer = { exitCode: number; stdout: string; stderr: string };

const [, , program = "", ...rest] = process.argv;
const socket = connect("/run/lab/control.sock");
let reply = "";

socket.setEncoding("utf8");
socket.on("data", (chunk: string) => {
  reply += chunk;
});
socket.on("error", (error) =>
  finish({ exitCode: 255, stdout: "", stderr: `lab: the node does not answer: ${error.message}\n` }),
);
socket.on("end", () => finish(readAnswer(reply)));
socket.end(JSON.stringify([basename(program), ...rest]));

function readAnswer(json: string): Answer {
  try {
    return JSON.parse(json) as Answer;
  } catch (error) {
    return { exitCode: 255, stdout: "", stderr: `lab: the node's answer was cut short: ${error}\n` };
  }
}

function finish({ exitCode, stdout, stderr }: Answer): void {
  process.stdout.on("error", () => {}); // the reader has left: `qm list | head -1`
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = exitCode;
}
