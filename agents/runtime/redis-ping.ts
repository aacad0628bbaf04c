/** Asks a Redis whether it serves, without a client library: for checks that come before the bus. */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { AppError, describeError } from "../base/errors.ts";

/**
 * Log in with the credentials of the URL, if it has any, and PING. Resolves on PONG; AppError `unavailable`
 * with what Redis or the network said otherwise. The password is in no message.
 */
export async function pingRedis(url: string, signal: AbortSignal): Promise<void> {
  const { protocol, hostname, port, username, password } = new URL(url);
  const address = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 6379) };
  const socket = protocol === "rediss:" ? connectTls(address) : connectTcp(address);
  try {
    const login = password
      ? [["AUTH", decodeURIComponent(username || "default"), decodeURIComponent(password)]]
      : [];
    const commands = [...login, ["PING"]];
    socket.write(commands.map(encodeCommand).join(""));
    await readReplies(socket, commands.length, signal);
  } catch (error) {
    throw new AppError("unavailable", `Redis at ${address.host}:${address.port}: ${describeError(error)}`);
  } finally {
    socket.destroy();
  }
}

function encodeCommand(words: string[]): string {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${words.length}\r\n${parts.join("")}`;
}

/** Each reply to AUTH and PING is one line; a line with `-` is a refusal. */
async function readReplies(socket: Socket, count: number, signal: AbortSignal): Promise<void> {
  let text = "";
  const abort = () => socket.destroy(new Error("no answer in time"));
  signal.addEventListener("abort", abort, { once: true });
  try {
    for await (const chunk of socket) {
      text += String(chunk);
      const lines = text.split("\r\n").slice(0, -1);
      const refusal = lines.find((line) => line.startsWith("-"));
      if (refusal !== undefined) throw new Error(refusal.slice(1, 200));
      if (lines.length >= count) return;
    }
    throw new Error("closed the connection");
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
