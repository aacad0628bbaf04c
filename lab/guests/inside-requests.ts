/** What commands of a node do inside of its guests: run a program, bring a file in or out. */
import { closeSync, fstatSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Inside, InsideRequest } from "../cluster/guests-inside.ts";
import { type CommandOutcome, failed, succeeded } from "../cluster/outcome.ts";
import type { Machine } from "../machines/machine.ts";
import { openWithin } from "../machines/open-within.ts";
import { runIn } from "../machines/run-in.ts";
import { ENVIRONMENT, runInside } from "./guest-inside.ts";

const MAX_FILE_BYTES = 64 * 1024 * 1024;
const LOOK_AGAIN_MS = 50;

export type Places = {
  guest: Machine | undefined;
  inside: Inside | undefined;
  node(name: string): Machine | undefined;
};

export async function performInside(
  request: InsideRequest,
  input: string,
  places: Places,
): Promise<CommandOutcome> {
  const { guest, inside } = places;
  if (!guest || !inside) return failed(255, `lab: guest ${request.vmid} has not booted`);
  switch (request.kind) {
    case "exec":
      return runInside(guest, request.argv, input);
    case "agent":
      return byAgent(request, input, inside);
    case "push":
      return carry(
        { from: places.node(request.node), path: request.file },
        { to: guest, path: request.path },
        request,
      );
    case "pull":
      return carry(
        { from: guest, path: request.path },
        { to: places.node(request.node), path: request.file },
      );
    default:
      return request satisfies never;
  }
}

/** As `qm guest exec` prints it. */
async function byAgent(
  { argv, timeoutMs, hasInput }: Extract<InsideRequest, { kind: "agent" }>,
  input: string,
  inside: Inside,
): Promise<CommandOutcome> {
  const pid = inside.start(argv, hasInput ? input : "");
  if (timeoutMs < 0) return succeeded(`{\n   "pid" : ${pid}\n}\n`);
  const end = timeoutMs === 0 ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
  while (inside.status(pid)?.exited === false && Date.now() < end) await sleep(LOOK_AGAIN_MS);
  const status = inside.status(pid);
  if (!status?.exited) return succeeded(`{\n   "exited" : 0,\n   "pid" : ${pid}\n}\n`);
  const line = (name: string, value: string) =>
    value === "" ? [] : [`   "${name}" : ${JSON.stringify(value)}`];
  const lines = [
    ...line("err-data", status.stderr),
    `   "exitcode" : ${status.exitCode}`,
    `   "exited" : 1`,
    ...line("out-data", status.stdout),
  ];
  return succeeded(`{\n${lines.join(",\n")}\n}\n`);
}

/** Written by the root of where it goes, from the file that the path names there and nowhere else. */
async function carry(
  source: { from: Machine | undefined; path: string },
  target: { to: Machine | undefined; path: string },
  how: { owner: string; mode: string } = { owner: "0:0", mode: "0644" },
): Promise<CommandOutcome> {
  const file = source.from && openWithin(source.from.root, source.path);
  if (file === undefined)
    return failed(255, `failed to open ${source.path} for reading: No such file or directory`);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size > MAX_FILE_BYTES)
      return failed(255, `failed to open ${source.path} for reading`);
    const script = 'cat >"$1" && chown "$2" "$1" && chmod "$3" "$1"';
    const words = [target.path, how.owner, how.mode];
    if (!target.to) return failed(255, "lab: the node is off");
    return await runIn(target.to, ["/bin/sh", "-c", script, "sh", ...words], {
      env: ENVIRONMENT,
      input: readFileSync(file),
    });
  } finally {
    closeSync(file);
  }
}
