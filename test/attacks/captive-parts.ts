/** Between the attacks and the captive agent's process: what is asked and answered, and its weaker parts. */

import { execFile } from "node:child_process";
import type { CallId } from "../../agents/host/commands/call-id.ts";
import type { CommandRunner } from "../../agents/host/commands/command.ts";
import type { Sandbox } from "../../agents/host/commands/sandbox.ts";
import { ROOTS, resolveVisible, type Workspace } from "../../agents/host/files/paths.ts";
import { ours } from "../../agents/redact/redacted.ts";

export const CAPTIVE_LAYERS = ["sandbox", "environment"] as const;
export type CaptiveLayer = (typeof CAPTIVE_LAYERS)[number];
export const ABUSE_LAYERS = ["runner", "limits"] as const;
export type AbuseLayer = (typeof ABUSE_LAYERS)[number];

export type CaptiveSettings = {
  /** The project, laid out as a checkout is. */
  directory: string;
  kind: "bubblewrap" | "container";
  without?: CaptiveLayer | AbuseLayer;
};

export type Order = { call: CallId; role: string; tool: string; input: object };

export type Answer = {
  call: CallId;
  /** As a tool's result, or "broken" for an error that is none of those a tool may have. */
  kind: string;
  /** Both outputs, as the model gets them. */
  text: string;
  /** The most that the agent's process was resident since its start. */
  peakBytes: number;
};

/** The sandbox of the product, or without one layer of it. */
export function weakened(sandbox: Sandbox, { without }: CaptiveSettings, workspace: Workspace): Sandbox {
  switch (without) {
    case undefined:
    case "runner":
      return sandbox;
    case "limits":
      return {
        kind: sandbox.kind,
        isolate: async (spec, env) => {
          const isolated = await sandbox.isolate(spec, env);
          const [first, ...rest] = withoutLimits(isolated.argv);
          return { ...isolated, argv: [first ?? "", ...rest] };
        },
      };
    case "environment":
      return {
        kind: sandbox.kind,
        isolate: async (spec, env) => {
          const isolated = await sandbox.isolate(spec, env);
          return { ...isolated, env: { ...definedOf(process.env), ...isolated.env } };
        },
      };
    case "sandbox":
      return {
        kind: "none",
        isolate: async ({ argv, cwd }, env) => {
          const [program, ...args] = argv;
          const real = args.map((word) => withRealRoots(word, workspace));
          return { argv: [program, ...real], cwd: await resolveVisible(workspace, cwd), env };
        },
      };
    default:
      return without satisfies never;
  }
}

/** From its name to the end of its options. */
function withoutLimits(argv: readonly string[]): string[] {
  const from = argv.indexOf("prlimit");
  return argv.toSpliced(from, argv.indexOf("--", from) - from + 1);
}

/** What a program does that knows nothing of descendants and long outputs. */
export function naiveRunner(sandbox: Sandbox): CommandRunner {
  return {
    sandbox: sandbox.kind,
    adopt: async () => undefined,
    end: async () => {},
    async run(spec) {
      const env = { PATH: process.env["PATH"] ?? "", ...spec.env };
      const { argv, cwd, env: given } = await sandbox.isolate(spec, env);
      const [program, ...args] = argv;
      const options = { cwd, env: given, timeout: spec.timeoutMs, maxBuffer: Number.POSITIVE_INFINITY };
      const [stdout, stderr] = await new Promise<string[]>((resolve) =>
        execFile(program, args, options, (_, ...outputs) => resolve(outputs)),
      );
      const output = (text = "") => ({
        text: ours(text),
        totalBytes: text.length,
        truncated: false,
        file: null,
      });
      const ending = { kind: "exited", exitCode: 0, signalName: null, durationMs: 0 } as const;
      return { ...ending, stdout: output(stdout), stderr: output(stderr) };
    },
  };
}

function definedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

function withRealRoots(word: string, workspace: Workspace): string {
  return ROOTS.reduce((text, root) => text.replaceAll(`${root}/`, `${workspace[root]}/`), word);
}
