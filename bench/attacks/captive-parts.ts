/** Between the attacks and the captive agent's process: what is asked and answered, and its weaker sandboxes. */

import { ROOTS, resolveVisible, type Workspace } from "../../agents/host/paths.ts";
import type { Sandbox } from "../../agents/host/sandbox.ts";

export const CAPTIVE_LAYERS = ["sandbox", "environment"] as const;
export type CaptiveLayer = (typeof CAPTIVE_LAYERS)[number];

export type CaptiveSettings = {
  /** The project, laid out as a checkout is. */
  directory: string;
  kind: "bubblewrap" | "container";
  without?: CaptiveLayer;
};

export type Order = { call: string; role: string; tool: string; input: object };

export type Answer = {
  call: string;
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
      return sandbox;
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

function definedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

function withRealRoots(word: string, workspace: Workspace): string {
  return ROOTS.reduce((text, root) => text.replaceAll(`${root}/`, `${workspace[root]}/`), word);
}
