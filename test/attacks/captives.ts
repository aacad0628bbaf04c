/** Starts a captive agent as the user that a variant wants, and makes its calls. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../../agents/base/errors.ts";
import { callIdOf, turnIdOf } from "../../agents/host/commands/call-id.ts";
import type { Answer, CaptiveSettings, Order } from "./captive-parts.ts";

/** How an agent is started, and what its commands run in. */
export type Variant = { name: string; kind: CaptiveSettings["kind"]; uid: number; gid: number };

export type Captive = {
  pid: number;
  /** Undefined when the agent has died of the call or does not answer in time. */
  call(order: Omit<Order, "call">): Promise<(Answer & { callId: string }) | undefined>;
  close(): Promise<void>;
};

/** Of Terraform's states, in containers. */
export const STATE_GROUP = 10_006;

const CAPABILITIES = "-all,+setuid,+setgid,+kill";
const PROGRAM = join(import.meta.dirname, "./captive.ts");
const START_MS = 30_000;
const CALL_MS = 240_000;

/** As root all three; another user has only what it is itself. */
export function variants(): readonly Variant[] {
  const [uid = 0, gid = 0] = [process.getuid?.(), process.getgid?.()];
  const own = {
    name: uid === 0 ? "root in bubblewrap" : "user in bubblewrap",
    kind: "bubblewrap",
    uid,
    gid,
  } as const;
  if (uid !== 0) return [own];
  return [
    own,
    { name: "user in bubblewrap", kind: "bubblewrap", uid: 65_534, gid: 65_534 },
    { name: "another user, as in containers", kind: "container", uid: 10_001, gid: 10_002 },
  ];
}

/** As it is started in containers: three capabilities, and only for the variant that changes the user. */
function become({ kind, uid, gid }: Variant): string[] {
  if (process.getuid?.() === uid) return [];
  const groups = kind === "container" ? `--groups=${STATE_GROUP}` : "--clear-groups";
  const ids = ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, groups, "--no-new-privs"];
  const sets = ["bounding-set", "inh-caps", "ambient-caps"];
  return kind === "container" ? [...ids, ...sets.map((set) => `--${set}=${CAPABILITIES}`)] : ids;
}

/** With a key file open that a careless parent has left it. AppError `missing_requirement` when it does not start. */
export async function startCaptive(
  variant: Variant,
  settings: CaptiveSettings,
  env: Record<string, string>,
): Promise<Captive> {
  const inherit = `umask 002; exec 200<"${settings.directory}/tmp/bootstrap_key"; exec "$@"`;
  const argv = [
    "-c",
    inherit,
    "bash",
    ...become(variant),
    process.execPath,
    "--max-semi-space-size=1",
    PROGRAM,
  ];
  const child = spawn("bash", argv, {
    cwd: settings.directory,
    env: {
      PATH: process.env["PATH"],
      MINILAB_PROGRAMS: process.env["MINILAB_PROGRAMS"],
      ...env,
      CAPTIVE: JSON.stringify(settings),
    },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let said = "";
  child.stderr?.on("data", (chunk) => (said += chunk));
  const ready = once(child, "message").then(() => true);
  const failed = Promise.race([once(child, "exit"), delay(START_MS, undefined, { ref: false })]).then(
    () => false,
  );
  if (!(await Promise.race([ready, failed]))) {
    child.kill("SIGKILL");
    throw new AppError("missing_requirement", `${variant.name}: the agent does not start: ${said.trim()}`);
  }
  return captiveOf(child);
}

let calls = 0;

function captiveOf(child: ChildProcess): Captive {
  const gone = once(child, "exit").then(() => undefined);
  return {
    pid: child.pid ?? 0,
    async call(order) {
      const callId = callIdOf(turnIdOf("attack", `${process.pid}`), `${++calls}`);
      const answered = once(child, "message", { signal: AbortSignal.timeout(CALL_MS) }).catch(() => []);
      if (!child.connected) return undefined;
      child.send({ ...order, call: callId } satisfies Order);
      const [answer] = (await Promise.race([answered, gone])) ?? [];
      return answer && { ...(answer as Answer), callId };
    },
    async close() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}
