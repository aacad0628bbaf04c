/**
 * The one program behind `qm`, `pvesh`, `systemctl` and the others on a node: hands its name and arguments to the
 * node's server and ends as that says. It is copied into the node as it is and must start at once: so it imports
 * nothing of ours and is plain JavaScript, without a single type.
 */
import { connect } from "node:net";
import { basename } from "node:path";

const [, , program = "", ...rest] = process.argv;
const answer = { exitCode: 255, stdout: "", stderr: "lab: the node does not answer\n" };
const socket = connect("/run/lab/control.sock");
let reply = "";

process.stdout.on("error", () => {}); // the reader has left: `qm list | head -1`
socket.setEncoding("utf8");
socket.on("data", (chunk) => {
  reply += chunk;
});
socket.on("end", () => Object.assign(answer, JSON.parse(reply)));
socket.on("error", (error) => {
  answer.stderr = `lab: the node does not answer: ${error.message}\n`;
});
socket.on("close", () => {
  process.stdout.write(answer.stdout);
  process.stderr.write(answer.stderr);
  process.exitCode = answer.exitCode;
});
socket.end(JSON.stringify([basename(program), ...rest]));
