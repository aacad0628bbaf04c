/** Plays a case: a server, one role, the operator's task, and afterwards a second task to a server that is well again. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EndpointCase } from "./case.ts";
import { type OneRole, startOneRole, type Turn } from "./one-role.ts";
import { type Asked, startReplay } from "./replay-server.ts";

/** `first` is the turn that the case is about with what it `asked`, `next` the one after it with what it `askedNext`. */
export type Evidence = { first: Turn; next: Turn; asked: readonly Asked[]; askedNext: readonly Asked[] };

export async function play(given: EndpointCase, signal: AbortSignal): Promise<Evidence> {
  const directory = await mkdtemp(join(tmpdir(), "minilab-endpoints-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  let role: OneRole | undefined;
  const server = await startReplay(given, async (request) => {
    if (!given.resumed || request !== 2) return false;
    await role?.restart();
    return true;
  });
  stack.defer(server.close);
  const settings = { ...given.settings, OPENAI_API_BASE: server.url };
  role = await startOneRole({ directory, settings, signal });
  stack.defer(role.close);
  await role.mention("Security_Sentinel", "I looked at the plan.");
  await role.mention("QA_Tester", "I have nothing to check yet.");
  const first = await role.tell(
    `Look at /app/infra and tell me what is there.${" It is long.".repeat(given.earlier / 12)}`,
  );
  const asked = [...server.asked];
  server.recover();
  const next = await role.tell("And now?");
  return { first, next, asked, askedNext: server.asked.slice(asked.length) };
}
