/**
 * A program: what `bench bus` compares with. It subscribes to a channel and, upon each publication, makes the request
 * that the agent made last; it publishes the answer on the next channel, if it is given one. Nothing is kept.
 */
import { Redis } from "ioredis";

process.once("disconnect", () => process.exit()); // its parent has ended
const [redisUrl = "", modelUrl = "", role = "", next] = process.argv.slice(2);
const body = JSON.stringify(await (await fetch(`${modelUrl}/last/${role}`)).json());
const publisher = new Redis(redisUrl);
const subscriber = new Redis(redisUrl);

subscriber.on("message", async () => {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${modelUrl}/chat/completions`, { method: "POST", headers, body });
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
  if (next) await publisher.publish(next, choices[0]?.message.content ?? "");
});
await subscriber.subscribe(`bare:${role}`);
process.send?.("ready");
