import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { refusalIn } from "./endpoint-error.ts";
import { remedyFor } from "./fate.ts";
import { getLoaded, isLoading } from "./loading.ts";

/** As llama.cpp's server says it. */
const LOADING = '{"error":{"message":"Loading model","type":"unavailable_error","code":503}}';

async function asked({ loads, words = LOADING }: { loads: number; words?: string }, patienceMs?: number) {
  let requests = 0;
  const server = createServer((_, response) => {
    response.statusCode = requests++ < loads ? 503 : 200;
    response.end(response.statusCode === 503 ? words : '{"data":[{"id":"m"}]}');
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const options = { timeoutMs: 5_000, maxBytes: 1_000, signal: AbortSignal.timeout(20_000) };
  try {
    const answer = await getLoaded(
      { baseUrl, apiKey: undefined },
      "/models",
      patienceMs === undefined ? options : { ...options, patienceMs },
    );
    return { answer, requests, baseUrl };
  } finally {
    server.close();
  }
}

test("a server that still loads its model is asked again until it has", async () => {
  const { answer, requests } = await asked({ loads: 2 });
  expect([answer.status, requests]).toEqual([200, 3]);
});

test("one that goes on loading is said to be loading, and not to be in trouble", async () => {
  const { answer, requests, baseUrl } = await asked({ loads: 99 }, 0);
  expect([isLoading(answer), requests]).toEqual([true, 1]);
  expect(remedyFor(refusalIn(answer).failure, baseUrl)).toContain("still loads its model");
});

test("another 503 is not waited for", async () => {
  const { answer, requests } = await asked({ loads: 99, words: '{"error":{"message":"no slot"}}' });
  expect([isLoading(answer), requests]).toEqual([false, 1]);
});
