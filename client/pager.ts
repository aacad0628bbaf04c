/** Shows a long text in the operator's pager: PAGER, else `less`, else `more`, which every system has. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Env } from "../agents/base/config.ts";
import type { Redacted } from "../agents/redact/redacted.ts";

/** A pager that could not be started tries the next one; `false` when there is none. */
export async function showInPager(text: Redacted, env: Env, signal: AbortSignal): Promise<boolean> {
  for (const argv of pagers(env)) {
    if (await isShownBy(argv, { text, env, signal })) return true;
  }
  return false;
}

function pagers(env: Env): string[][] {
  const chosen = (env["PAGER"] ?? "").split(" ").filter((word) => word !== "");
  return [...(chosen.length > 0 ? [chosen] : []), ["less", "-P", "q\\: back  /\\: search  %pb\\%"], ["more"]];
}

type Shown = { text: Redacted; env: Env; signal: AbortSignal };

/** It reads its keys from the terminal itself. */
async function isShownBy([program = "", ...args]: string[], { text, env, signal }: Shown): Promise<boolean> {
  const child = spawn(program, args, {
    env: { ...env, LESSSECURE: "1" }, // it shows what others wrote: no commands from there
    stdio: ["pipe", "inherit", "inherit"],
    signal,
  });
  child.stdin.on("error", () => undefined); // left before it had read everything
  child.stdin.end(text);
  return await endOf(child);
}

async function endOf(child: ChildProcess): Promise<boolean> {
  try {
    await once(child, "exit");
    return true;
  } catch {
    return false; // there is no such program
  }
}
