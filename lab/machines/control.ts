/**
 * The socket inside a machine on which its programs (lab-program.pl) ask the lab: what was called, by whom, and what was
 * given to it as input.
 */
import { once } from "node:events";
import { chmodSync, existsSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describeError } from "../../agents/base/errors.ts";
import { type CommandOutcome, failed } from "../cluster/outcome.ts";
import { giveTree } from "./ownership.ts";

export type Call = {
  /** Never empty. */
  argv: string[];
  /** Of the caller, as the machine knows it. */
  uid: number;
  input: string;
};

export type ControlOptions = {
  /** Becomes /run/lab of the machine. */
  directory: string;
  owner: { uid: number; gid: number };
  userInside(uid: number): number | undefined;
  /** May throw: the program then ends with 255 and the message. */
  run(call: Call): Promise<CommandOutcome>;
};

const MAX_REQUEST_BYTES = 1024 * 1024;

/** Serve until closed. */
export async function serveControl(options: ControlOptions): Promise<{ close(): Promise<void> }> {
  const { directory } = options;
  const path = join(directory, "control.sock");
  rmSync(path, { force: true });
  mkdirSync(join(directory, "callers"), { recursive: true });
  const server = createServer({ allowHalfOpen: true }, (socket) => void answer(socket, options));
  server.listen(path);
  await once(server, "listening");
  chmodSync(directory, 0o755);
  chmodSync(join(directory, "callers"), 0o1733);
  chmodSync(path, 0o666);
  giveTree(directory, options.owner);
  return {
    close: async () => {
      if (!server.listening) return;
      server.close();
      await once(server, "close");
    },
  };
}

async function answer(socket: Socket, options: ControlOptions): Promise<void> {
  socket.on("error", () => socket.destroy()); // the program was killed while it waited
  const { exitCode, stdout, stderr } = await outcomeOf(socket, options);
  const output = Buffer.from(stdout);
  socket.write(`${exitCode} ${output.length}\n`);
  socket.write(output);
  socket.end(stderr);
}

async function outcomeOf(socket: Socket, options: ControlOptions): Promise<CommandOutcome> {
  try {
    const words = (await read(socket)).split("\0");
    const count = Number(words[1]);
    if (!Number.isSafeInteger(count) || count < 1 || words.length < count + 3)
      return failed(255, "lab: bad request");
    const uid = callerOf(words[0] ?? "", options);
    if (uid === undefined) return failed(255, "lab: nobody of this machine");
    return await options.run({
      argv: words.slice(2, count + 2),
      uid,
      input: words.slice(count + 2).join("\0"),
    });
  } catch (error) {
    return failed(255, `lab: ${describeError(error)}`);
  }
}

async function read(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_REQUEST_BYTES) return "";
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Nobody can make a file that is somebody else's: neither by a link nor by moving one. */
function callerOf(proof: string, { directory, userInside }: ControlOptions): number | undefined {
  if (!/^\d+\.\d+$/.test(proof)) return undefined;
  const path = join(directory, "callers", proof);
  if (!existsSync(path)) return undefined;
  const stats = lstatSync(path);
  rmSync(path, { force: true });
  return stats.isFile() && stats.nlink === 1 ? userInside(stats.uid) : undefined;
}
