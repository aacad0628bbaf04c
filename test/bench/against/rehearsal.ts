/** A copy of a checkout that rehearses, as often as it is asked. Nothing of what runs in the checkout is met. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { copyCheckout, plainEnv } from "./checkout-copy.ts";

export type Rehearser = {
  directory: string;
  /** `preload` is a file that the process of the rehearsal loads first. */
  start(signal: AbortSignal, preload?: string): ChildProcess;
};

/** AppError `bad_arguments` as `copyCheckout` has it. */
export function rehearserOf(
  checkout: string,
  stack: AsyncDisposableStack,
  options: readonly string[] = [],
): Rehearser {
  const { directory } = stack.use(copyCheckout(checkout));
  return {
    directory,
    start(signal, preload) {
      const program = [...(preload ? ["--import", preload] : []), join(directory, "launcher/main.ts")];
      const argv = ["--pdeathsig", "TERM", "--", process.execPath, ...program, "rehearse", ...options];
      return spawn("setpriv", argv, {
        cwd: directory,
        env: plainEnv(directory),
        stdio: "ignore",
        signal,
      });
    },
  };
}
