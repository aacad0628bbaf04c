/** The arguments of run_terraform, and what is wrong with them in words that show a call that works. */
import { z } from "zod";
import { LONG_LIMIT_S } from "./tool.ts";

const COMMANDS = [
  ...(["init", "validate", "plan", "apply", "destroy", "show", "output", "state_list"] as const),
  ...(["fmt", "version", "providers", "schema"] as const),
] as const;

/** What a role that only looks may ask for. */
export const LOOKS = ["fmt", "validate", "show", "version"] as const;

/** Words that people type after `terraform`, and what leads there instead. */
const INSTEAD =
  `one of ${COMMANDS.join(", ")}, e.g. {"command": "plan", "dir": "/app/infra/web"}. Import, move and remove by blocks in a ` +
  '.tf file, which plan shows and apply carries out: import { to = ADDRESS  id = "ID" }, moved { from = ADDRESS  to = ADDRESS }, ' +
  "removed { from = ADDRESS  lifecycle { destroy = false } }";

const dir = z.string().min(1).describe("As /app/infra/web.");
const digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'the 64 hex digits that a plan ends with ("Plan digest: ...")')
  .optional();

/** For a role that only looks. */
export const lookingInput = z.strictObject({
  command: z.enum(LOOKS, {
    error: `you only look with run_terraform: one of ${LOOKS.join(", ")}; DevOps_Builder does the rest`,
  }),
  dir,
  plan: digest.describe("Its digest."),
});

export const input = z
  .strictObject({
    command: z.enum(COMMANDS, { error: INSTEAD }),
    dir,
    plan: digest.describe("For apply, destroy, show: its digest."),
    destroy: z.boolean().optional(),
    upgrade: z.boolean().optional(),
    resource: z
      .string()
      .regex(/^[a-z][a-z0-9_]*$/, "a type of resource or data source, as in proxmox_virtual_environment_vm")
      .optional()
      .describe("For schema."),
    timeout_s: LONG_LIMIT_S,
  })
  .superRefine(({ command, plan, destroy, upgrade, resource }, { addIssue }) => {
    const problem = (path: string, message: string) => addIssue({ code: "custom", path: [path], message });
    const needsPlan = command === "apply" || command === "destroy";
    if (needsPlan && !plan)
      problem("plan", `${command} runs a saved plan: run plan first and give its digest`);
    if (plan && !needsPlan && command !== "show") problem("plan", `${command} does not take a plan`);
    if (destroy && command !== "plan") problem("destroy", "goes with command plan only");
    if (upgrade && command !== "init") problem("upgrade", "goes with command init only");
    if ((resource === undefined) === (command === "schema"))
      problem(
        "resource",
        'goes with command schema, e.g. {"command": "schema", "resource": "terraform_data", ...}',
      );
  });

export type Input = z.infer<typeof input>;
