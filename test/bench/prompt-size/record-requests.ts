/**
 * Loaded before anything else into the process of a rehearsal, of this version or of another: what its model server is
 * asked goes line by line into requests.jsonl of the working folder. Imports nothing but Node's own.
 */
import { subscribe } from "node:diagnostics_channel";
import { appendFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";

const FILE = "requests.jsonl";

subscribe("http.server.request.start", (message) => {
  const { request } = message as { request: IncomingMessage };
  if (request.method !== "POST" || !request.url?.endsWith("/chat/completions")) return;
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => appendFileSync(FILE, `${Buffer.concat(chunks).toString()}\n`));
});
