import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { countOpenRequests, countSleepers, findProcesses, untilGone } from "./traces.ts";

const signal = new AbortController().signal;
const mark = `600.${process.pid}`;

test("a process is found by a mark in its command line or in its environment, until it has ended", async () => {
  const byCommand = spawn("sleep", [mark]);
  const byEnvironment = spawn("sleep", ["601"], { env: { ...process.env, MINILAB_CALL: `call-${mark}` } });
  await Promise.all([once(byCommand, "spawn"), once(byEnvironment, "spawn")]);
  const pids = [byCommand.pid ?? 0, byEnvironment.pid ?? 0];
  expect(findProcesses([mark]).toSorted()).toEqual(pids.toSorted());
  expect(countSleepers(mark)).toBe(1);
  let isGone = false;
  const gone = untilGone([mark], pids.slice(0, 1), { since: performance.now(), signal }).then((ms) => {
    isGone = true;
    return ms;
  });
  byCommand.kill("SIGKILL");
  await once(byCommand, "exit");
  expect(isGone).toBe(false); // the other one was not watched, and is found all the same
  byEnvironment.kill("SIGKILL");
  expect(await gone).toBeGreaterThan(0);
  expect(findProcesses([mark])).toEqual([]);
});

test("a request for a completion counts until the client has given up", async () => {
  const closed = Promise.withResolvers<void>();
  const server = createServer((_, response) => response.once("close", closed.resolve)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const giveUp = new AbortController();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`;
  const asked = fetch(url, { method: "POST", signal: giveUp.signal });
  await once(server, "request");
  expect(countOpenRequests()).toBe(1);
  giveUp.abort();
  await expect(asked).rejects.toThrow();
  await closed.promise;
  expect(countOpenRequests()).toBe(0);
  server.close();
});
