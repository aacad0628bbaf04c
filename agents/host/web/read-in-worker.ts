/**
 * Makes a stranger's page readable in a thread of its own, with limits of time and memory: whatever the page holds, the
 * agent hears STOP meanwhile, and a page on which a parser fails is refused, never shown unfiltered.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { AppError } from "../../base/errors.ts";
import type { Readable } from "./readable-text.ts";

/** `dist/` holds the program as a file of its own (launcher/team/bundle.ts). */
const PROGRAM = new URL(
  import.meta.url.endsWith(".ts") ? "./page-worker.ts" : "./page-worker.mjs",
  import.meta.url,
);

const LIMITS = {
  timeoutMs: 10_000,
  resources: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16, stackSizeMb: 2 },
};

/**
 * Without what a page hides and without invisible characters; HTML becomes Markdown. AppError `not_allowed` for a page that
 * is too long, too deep, full of hidden text, or too much for the parser's time, memory or stack. Rejects with the
 * signal's reason when it aborts.
 */
export async function readInWorker(
  text: string,
  {
    isHtml,
    signal,
    timeoutMs = LIMITS.timeoutMs,
  }: { isHtml: boolean; signal: AbortSignal; timeoutMs?: number },
): Promise<string> {
  signal.throwIfAborted();
  const worker = new Worker(PROGRAM, {
    workerData: { text, isHtml },
    resourceLimits: LIMITS.resources,
    env: {},
    execArgv: [],
  });
  worker.on("error", () => {}); // also told once nobody waits any more, and would then end the agent
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const [answer] = (await once(worker, "message", { signal: limit })) as [Readable];
    if (answer.kind === "readable") return answer.text;
    throw refusal(answer.because);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof AppError ? error : refusal("too much to be read safely", error);
  } finally {
    await worker.terminate();
  }
}

function refusal(because: string, cause?: unknown): AppError {
  return new AppError("not_allowed", `The page is ${because}, and is not shown.`, { cause });
}
