/** A node as a process of its own: `node lab/node/main.ts`, until SIGTERM or SIGINT. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { AppError, describeError } from "../../agents/base/errors.ts";
import { startNode } from "./node.ts";

const settings = z.object({
  NODE_NAME: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
  NODE_HOST: z.string().default("0.0.0.0"),
  NODE_PORT: z.coerce.number().int().min(0).max(65_535).default(22),
  NODE_DIR: z.string(),
  CLUSTER_URL: z.url({ protocol: /^https?$/ }),
  CLUSTER_TOKEN: z.string().min(16),
  AUTHORIZED_KEYS_FILE: z.string(),
});

try {
  const given = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ""));
  const parsed = settings.safeParse(given);
  if (!parsed.success) throw new AppError("bad_config", `Bad settings:\n${z.prettifyError(parsed.error)}`);
  const env = parsed.data;
  const node = await startNode({
    name: env.NODE_NAME,
    host: env.NODE_HOST,
    port: env.NODE_PORT,
    directory: env.NODE_DIR,
    clusterUrl: env.CLUSTER_URL,
    clusterToken: env.CLUSTER_TOKEN,
    authorizedKeys: readFileSync(env.AUTHORIZED_KEYS_FILE, "utf8"),
    signal: new AbortController().signal,
  });
  console.log(`${node.name} ready on port ${node.port}, host key ${node.hostKeyFingerprint}`);
  await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  await node.close();
} catch (error) {
  console.error(`node: ${describeError(error)}`);
  process.exitCode = 1;
}
