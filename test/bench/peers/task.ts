/** The task that every contender does: as many steps as it is told, each but the last one call of one trivial tool. */

import { join } from "node:path";
import { z } from "zod";
import { createRedactor } from "../../../agents/redact/redact.ts";
import { createSystemPrompt } from "../../../agents/runtime/prompt.ts";

export const ROLE = "DevOps_Builder";
export const MODEL_NAME = "bench-model";
export const MAX_STEPS = 100;

export const lookupTool = {
  name: "lookup",
  description: "Looks up the entry with the given number.",
  input: z.strictObject({ number: z.number().int() }),
};

export function lookup({ number }: { number: number }): string {
  return `entry ${number}: an answer of ordinary length, such as the state of a guest or a line of a file`;
}

/** The model server reads the number of steps from here. */
export function taskText(steps: number): string {
  return `Look entries up until you know enough. steps=${steps}`;
}

/** What the model says in the last step, so that a contender can prove that it did them all. */
export function finalReply(steps: number): string {
  return `I know enough after ${steps} steps.`;
}

/** The same for everybody: the page of a role as the product sends it. */
export function instructions(projectDir: string): string {
  return createSystemPrompt({
    role: ROLE,
    directory: join(projectDir, "prompts"),
    nodes: [],
    redactor: createRedactor([]),
  })();
}
