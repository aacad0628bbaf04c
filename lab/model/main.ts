/** Start the scripted model by itself: MODEL_SCENARIO, MODEL_PORT, MODEL_HOST and, for tests, MODEL_FAULTS (a JSON list). */
import { once } from "node:events";
import { z } from "zod";
import { describeError } from "../../agents/base/errors.ts";
import { parseJson } from "../../agents/protocol/message.ts";
import { fault } from "./faults.ts";
import { startModel } from "./server.ts";

const settings = z.object({
  MODEL_SCENARIO: z.string().default("lab/scenarios/rehearsal.yaml"),
  MODEL_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  MODEL_HOST: z.string().default("127.0.0.1"),
  MODEL_FAULTS: z.string().default("[]").transform(parseJson).pipe(z.array(fault)),
});

try {
  const given = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ""));
  const config = settings.parse(given);
  const model = await startModel({
    scenario: config.MODEL_SCENARIO,
    port: config.MODEL_PORT,
    host: config.MODEL_HOST,
    faults: config.MODEL_FAULTS,
  });
  console.error(`scripted model ready at ${model.url}, scenario ${config.MODEL_SCENARIO}`);
  await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  await model.close();
} catch (error) {
  console.error(error instanceof z.ZodError ? z.prettifyError(error) : describeError(error));
  process.exitCode = 1;
}
