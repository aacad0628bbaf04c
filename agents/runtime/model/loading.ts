/** A server that listens before its model is loaded, as llama.cpp's does: it is no wrong address, and is waited for. */
import { setTimeout as sleep } from "node:timers/promises";
import { refusalIn } from "./endpoint-error.ts";
import { fateOf } from "./fate.ts";
import { type Answer, type Endpoint, get, type PostOptions } from "./post.ts";

const EVERY_MS = 1_000;
/** Some gigabytes from a disk; who needs longer is told, and asks again. */
const PATIENCE_MS = 60_000;

/** 503 with "Loading model" (llama.cpp, tools/server/server.cpp, its middleware for the server's state). */
export function isLoading(answer: Answer): boolean {
  return answer.status === 503 && fateOf(refusalIn(answer).failure) === "loading";
}

/** As `get`, once the model is loaded; after `patienceMs` the answer that says that it is not. */
export async function getLoaded(
  endpoint: Endpoint,
  path: string,
  { patienceMs = PATIENCE_MS, ...options }: PostOptions & { patienceMs?: number },
): Promise<Answer> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const answer = await get(endpoint, path, options);
    if (!isLoading(answer) || performance.now() >= end) return answer;
    await sleep(EVERY_MS, undefined, { signal: options.signal });
  }
}
