import { expect, test } from "vitest";
import { type SilentRolesOptions, tellSilentRoles } from "./silent-roles.ts";

type Told = Parameters<SilentRolesOptions["tell"]>[0];
const signal = new AbortController().signal;

test("agents that were never heard of are named, with what is likely and where to look (O10)", async () => {
  const { promise, resolve } = Promise.withResolvers<Told>();
  const hasBeenSeen = (role: string) => role !== "QA_Tester" && role !== "DevOps_Builder";
  tellSilentRoles({ hasBeenSeen, tell: resolve, signal, patienceMs: 1 });
  expect(await promise).toMatch(/^Never heard of: DevOps_Builder, QA_Tester\..*--profile lab.*MINILAB_UID/);
});

test("of a team that has spoken nothing is said, nor after the console has ended", async () => {
  const told: Told[] = [];
  const tell = (text: Told) => told.push(text);
  const gone = new AbortController();
  tellSilentRoles({ hasBeenSeen: () => true, tell, signal, patienceMs: 1 });
  tellSilentRoles({ hasBeenSeen: () => false, tell, signal: gone.signal, patienceMs: 1 });
  gone.abort();
  const { promise, resolve } = Promise.withResolvers<Told>();
  tellSilentRoles({ hasBeenSeen: () => false, tell: resolve, signal, patienceMs: 2 });
  await promise;
  expect(told).toEqual([]);
});
