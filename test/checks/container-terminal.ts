/** The operator's terminal at the console of a team in containers, as a person has it: attached, typed into, read. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { AppError } from "../../agents/base/errors.ts";
import type { ContainerTeam } from "./container-team.ts";

const LOOK_MS = 200;

export type Sought = { behind: string; pattern: RegExp };
export type Terminal = AsyncDisposable & {
  write(keys: string): void;
  /** Of all that it has shown so far and will show: without control characters and white space, since lines are broken anywhere. */
  find(what: Sought, timeoutMs: number): Promise<RegExpExecArray>;
  /** Only what comes from now on is looked at. */
  forget(): void;
};

/** `script` gives docker attach the terminal that it needs, without a size of its own. Enter brings the prompt. */
export async function attach(team: ContainerTeam): Promise<Terminal> {
  const command = "stty cols 120 rows 40; exec docker attach --detach-keys ctrl-p,ctrl-q user-console";
  const terminal = spawn("script", ["-qfec", command, "/dev/null"], {
    cwd: team.directory,
    env: { ...team.env, TERM: "xterm" },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = once(terminal, "close");
  let shown = "";
  terminal.stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
  });
  terminal.stdin.write("\r");
  await once(terminal.stdout, "data"); // the prompt
  return {
    write: (keys) => void terminal.stdin.write(keys),
    async find({ behind, pattern }, timeoutMs) {
      for (let left = timeoutMs; left > 0; left -= LOOK_MS) {
        const text = stripVTControlCharacters(shown).replaceAll(/\s+/g, "");
        const place = text.indexOf(behind);
        const found = place < 0 ? null : pattern.exec(text.slice(place));
        if (found) return found;
        await sleep(LOOK_MS, undefined, { signal: team.signal });
      }
      throw new AppError(
        "unavailable",
        `the terminal never showed ${behind} and ${pattern}: ${shown.slice(-2_000)}`,
      );
    },
    forget: () => {
      shown = "";
    },
    async [Symbol.asyncDispose]() {
      terminal.kill();
      await ended;
    },
  };
}
