/** The cluster as a process of its own: `node lab/cluster/main.ts`, until SIGTERM or SIGINT. */
import { once } from "node:events";
import { z } from "zod";
import { AppError, describeError } from "../../agents/base/errors.ts";
import { startCluster } from "./server.ts";
import { START_STATES } from "./start-states.ts";

const settings = z.object({
  CLUSTER_HOST: z.string().default("0.0.0.0"),
  CLUSTER_PORT: z.coerce.number().int().min(0).max(65_535).default(8006),
  CLUSTER_STATE_FILE: z.string(),
  CLUSTER_START: z.enum(START_STATES).default("fresh"),
  CLUSTER_TOKEN: z.string().min(16),
});

try {
  const given = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ""));
  const parsed = settings.safeParse(given);
  if (!parsed.success) throw new AppError("bad_config", `Bad settings:\n${z.prettifyError(parsed.error)}`);
  const env = parsed.data;
  const cluster = await startCluster({
    stateFile: env.CLUSTER_STATE_FILE,
    start: env.CLUSTER_START,
    host: env.CLUSTER_HOST,
    port: env.CLUSTER_PORT,
    token: env.CLUSTER_TOKEN,
  });
  console.log(`cluster ready at ${cluster.url}`);
  await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  await cluster.close();
} catch (error) {
  console.error(`cluster: ${describeError(error)}`);
  process.exitCode = 1;
}
