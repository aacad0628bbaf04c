/**
 * The socket inside a node on which its programs ask: passes commands on to the cluster in the node's own name, and
 * lets those that concern SSH take effect on this node.
 */
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { describeError } from "../../agents/base/errors.ts";
import { type CommandOutcome, failed } from "../cluster/outcome.ts";

const argvShape = z.array(z.string()).min(1);

/** Serve until closed. `run` may throw: the program then ends with 255 and the message. */
export async function serveControl(
  socketPath: string,
  run: (argv: string[]) => Promise<CommandOutcome>,
): Promise<{ close(): Promise<void> }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => void answer(socket, run));
  server.listen(socketPath);
  await once(server, "listening");
  chmodSync(socketPath, 0o600);
  return {
    close: async () => {
      if (!server.listening) return;
      server.close();
      await once(server, "close");
    },
  };
}

async function answer(socket: Socket, run: (argv: string[]) => Promise<CommandOutcome>): Promise<void> {
  socket.on("error", () => socket.destroy()); // the program was killed while it waited
  try {
    const outcome = await run(argvShape.parse(JSON.parse(await text(socket))));
    socket.end(JSON.stringify(outcome));
  } catch (error) {
    socket.end(JSON.stringify(failed(255, `lab: ${describeError(error)}`)));
  }
}
