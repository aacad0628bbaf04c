/**
 * A program: what `bench bus` compares with. It subscribes to a channel and, upon each publication, makes the request
 * that the agent made last; if it is given a next channel it answers there, with one bare transaction of the commands
 * with which an agent ends its turn and speaks. It decides nothing, watches nothing and reads nothing back.
 */
import { Redis } from "ioredis";
import type { Role } from "../../../agents/protocol/roles.ts";
import { endAndSay } from "./bare-commands.ts";

process.once("disconnect", () => process.exit()); // its parent has ended
const [redisUrl = "", modelUrl = "", role = "", next] = process.argv.slice(2);
const body = JSON.stringify(await (await fetch(`${modelUrl}/last/${role}`)).json());
const writer = new Redis(redisUrl);
const subscriber = new Redis(redisUrl);

subscriber.on("message", async () => {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${modelUrl}/chat/completions`, { method: "POST", headers, body });
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
  const content = choices[0]?.message.content ?? "";
  if (next) await writer.multi(endAndSay(role as Role, { to: next as Role, content })).exec();
});
await subscriber.subscribe(`bare:${role}`);
process.send?.("ready");
