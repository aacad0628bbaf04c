/** A way through a node to one port of a guest, over the connection that the agent has to the node. */
import type { Duplex } from "node:stream";
import { AppError, describeError } from "../../base/errors.ts";
import { abortable } from "../commands/abortable.ts";
import type { Client, ClientChannel } from "./ssh.ts";

/** AppError `unavailable` when the node does not lead there: nothing listens, or its sshd forwards nothing. */
export async function forward(
  client: Client,
  { host, port }: { host: string; port: number },
  signal: AbortSignal,
): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<ClientChannel>();
  const refuse = (error: unknown) =>
    reject(new AppError("unavailable", `its node does not lead to ${host}:${port}: ${describeError(error)}`));
  try {
    client.forwardOut("127.0.0.1", 0, host, port, (error, channel) =>
      error ? refuse(error) : resolve(channel),
    );
  } catch (error) {
    refuse(error); // the connection had broken
  }
  promise.then((channel) => signal.aborted && channel.destroy()).catch(() => {}); // nobody waits any more
  return await abortable(promise, signal);
}
