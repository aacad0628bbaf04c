/** Where an attack on the machine is run: by a tool of an agent, on a node of the lab, or with nothing in between. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { AppError } from "../../agents/base/errors.ts";
import type { LabNode } from "../../lab/open-nodes.ts";
import { createSshLogin } from "../rig/ssh-login.ts";
import { startCaptive, type Variant } from "./captives.ts";
import { ansibleHand, type Hand, putScripts, shellHand, terraformHand } from "./theft-hands.ts";
import { createTheftWorld, type TheftWorld } from "./theft-world.ts";

export type Place = {
  name: string;
  /** Whose process the attacker is, as the machine sees it. */
  user: { uid: number; gid: number };
  kind: "bubblewrap" | "container" | "node" | "bare";
  /** What each script said, in their order; a script is made when its turn comes. */
  attempt(scripts: readonly NamedScript[], signal: AbortSignal): AsyncGenerator<Attempt>;
};

export type NamedScript = { name: string; script(): string };
export type Attempt = { text: string; isRefused: boolean };

const BUILDER = "DevOps_Builder";
const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const SCRIPT_MS = 60_000;

/** Each tool that runs commands here, for one kind of agent. */
export function toolPlaces(variant: Variant): Place[] {
  const shell = (world: TheftWorld) => shellHand(BUILDER, world, variant.kind === "container");
  if (variant.kind === "container") return [toolPlace(variant, shell)];
  const audit = (world: TheftWorld) => shellHand("QA_Tester", world, false);
  return [
    toolPlace(variant, shell),
    toolPlace(variant, audit),
    toolPlace(variant, (world) => ansibleHand(world, "delegate_to localhost")),
    toolPlace(variant, terraformHand),
  ];
}

function toolPlace(variant: Variant, handOf: (world: TheftWorld) => Hand): Place {
  const { uid, gid, kind } = variant;
  const nameless = { directory: "", workspace: {} } as TheftWorld;
  return {
    ...{ name: `${handOf(nameless).tool} (${variant.name})`, user: { uid, gid }, kind },
    async *attempt(scripts) {
      const world = await createTheftWorld(variant);
      const captive = await startCaptive(variant, { directory: world.directory, kind }, world.env);
      try {
        const files = putScripts(world, new Map(scripts.map(({ name, script }) => [name, script()])));
        for await (const loot of handOf(world).rob(captive, files)) {
          yield { text: loot?.text ?? "HARM: the agent is gone", isRefused: loot?.isRefused === true };
        }
      } finally {
        await captive.close();
        await world.close();
      }
    },
  };
}

/** The nodes of a lab that this user started. */
export function nodePlace(user: { uid: number; gid: number }): Place {
  const name = user.uid === 0 ? "a node of root's lab" : "a node of a user's lab";
  return {
    ...{ name, user, kind: "node" },
    async *attempt(scripts, signal) {
      const directory = mkdtempSync(join(tmpdir(), "minilab-host-"));
      chmodSync(directory, 0o755);
      if (process.getuid?.() !== user.uid) chownSync(directory, user.uid, user.gid);
      const lab = await startLabAs(user, directory);
      const judge = mkdtempSync(join(tmpdir(), "minilab-host-ssh-"));
      try {
        const login = createSshLogin({ directory: judge, privateKeyFile: lab.privateKeyFile, signal });
        for (const { script } of scripts) {
          const { stdout, stderr } = await login.withKey(lab.node, script());
          yield { text: stdout + stderr, isRefused: false };
        }
      } finally {
        await lab.close();
        for (const folder of [directory, judge]) rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

/** Mounts a file over those that give users their ranges, for what follows and nobody else. */
const WITH_RANGES = 'mount --bind "$1" /etc/subuid && mount --bind "$1" /etc/subgid && shift && exec "$@"';

async function startLabAs({ uid, gid }: { uid: number; gid: number }, directory: string) {
  const program = [process.execPath, join(import.meta.dirname, "host-lab.ts"), directory];
  const ranges = join(directory, "ranges");
  writeFileSync(ranges, `${uid}:1600000000:65536\n`);
  const withRanges = ["unshare", "--mount", "--", "sh", "-c", WITH_RANGES, "sh", ranges];
  const become = [...withRanges, "setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
  const [first = "", ...rest] = process.getuid?.() === uid ? program : [...become, ...program];
  const child = spawn(first, rest, {
    env: { PATH: SYSTEM_PATH, HOME: directory },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const line = once(createInterface(child.stdout), "line") as Promise<[string]>;
  const said = await Promise.race([line, once(child, "exit").then(() => undefined)]);
  if (!said) throw new AppError("missing_requirement", `a lab of the user ${uid} does not start`);
  const { node, privateKeyFile } = JSON.parse(said[0]) as { node: LabNode; privateKeyFile: string };
  return { node, privateKeyFile, close: () => endLab(child) };
}

async function endLab(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.stdin?.end();
  await gone;
}

/** For negative controls: the same scripts, as root of this machine. Each is harmless by its arguments. */
export function barePlace(): Place {
  const env = { PATH: SYSTEM_PATH };
  return {
    ...{ name: "without a guard", user: { uid: 0, gid: 0 }, kind: "bare" },
    async *attempt(scripts) {
      for (const { script } of scripts) {
        const text = await new Promise<string>((resolve) => {
          const options = { env, timeout: SCRIPT_MS, encoding: "utf8" } as const;
          execFile("bash", ["--norc", "-c", script()], options, (_, stdout, stderr) =>
            resolve(stdout + stderr),
          );
        });
        yield { text, isRefused: false };
      }
    },
  };
}
