/**
 * The door for programs of the original (BUS_MODE=compat): a port on loopback that asks for no password. What comes in
 * there may listen to the channel, read the list of what was said, and speak as the operator in the original's format;
 * grants, the mission and all else are closed to it (bus/acl.ts), and commands of the team's tools are not let in at all.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { AppError } from "../../agents/base/errors.ts";
import { isOperatorsRaw } from "../../agents/bus/compat.ts";
import type { PreparedRedis } from "./redis.ts";
import { encodeCommand, RespCommands } from "./resp-commands.ts";
import { isOfThisHouse } from "./socket-owner.ts";

export type Door = { readonly port: number; close(): Promise<void> };

type Login = { port: number; user: string; password: string };

/** `port` is on 127.0.0.1; 0 takes a free one. AppError `conflict` when it is taken. */
export async function openDoor(port: number, to: Pick<PreparedRedis, "port" | "accessOf">): Promise<Door> {
  const { REDIS_USER, REDIS_PASSWORD_FILE } = to.accessOf("original");
  const login = { port: to.port, user: REDIS_USER, password: readFileSync(REDIS_PASSWORD_FILE, "utf8") };
  const guests = new Set<Socket>();
  const server = createServer({ allowHalfOpen: false }, (guest) => {
    guests.add(guest);
    guest.on("close", () => guests.delete(guest)).on("error", () => guest.destroy());
    if (isOfThisHouse(guest)) letIn(guest, login);
    else guest.end("-NOPERM this port is for programs of the operator, not for commands of the team\r\n");
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE") throw error;
    throw new AppError(
      "conflict",
      `BUS_MODE=compat: port ${port} is taken; end what listens there, or set COMPAT_PORT`,
    );
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const guest of guests) guest.destroy();
      server.close();
      if (server.listening) await once(server, "close");
    },
  };
}

/** Its commands one by one, what Redis answers as it is. */
function letIn(guest: Socket, { port, user, password }: Login): void {
  const redis = connect(port, "127.0.0.1");
  const commands = new RespCommands();
  redis.write(encodeCommand(["AUTH", user, password]));
  redis.on("error", () => guest.destroy()).on("close", () => guest.destroy());
  guest.on("close", () => redis.destroy());
  guest.on("data", (chunk) => {
    const found = commands.take(chunk);
    for (const command of found ?? []) redis.write(encodeCommand(permitted(command)));
    if (found === undefined) guest.end("-ERR Protocol error: commands are arrays of bulk strings\r\n");
  });
  answerAfterLogin(redis, guest);
}

/** The first reply is to our login: only what comes behind it is the guest's. */
function answerAfterLogin(redis: Socket, guest: Socket): void {
  redis.once("data", (chunk) => {
    const end = chunk.indexOf("\r\n") + 2; // +OK comes whole: it is all that was written so far
    if (chunk[0] !== "+".charCodeAt(0)) return void guest.destroy();
    if (chunk.length > end) guest.write(chunk.subarray(end));
    redis.pipe(guest);
  });
}

/** What is published has to be the operator's words in the original's format; else Redis gets to refuse it, in its turn. */
function permitted(command: readonly string[]): readonly string[] {
  const [name = "", , payload = ""] = command;
  const isRefused = name.toUpperCase() === "PUBLISH" && !isOperatorsRaw(payload);
  return isRefused ? ["PUBLISH", "only-the-operator-speaks-here", ""] : command;
}
