/**
 * run_ansible: a playbook against the nodes, and what can be known of it and of its modules without them. The recap
 * decides: a run that reached no host, or not all of them, is a failure whatever its exit code says.
 */
import { posix } from "node:path";
import { z } from "zod";
import { proposePlay } from "./ansible-effects.ts";
import { look } from "./ansible-look.ts";
import { adoptPlay, play } from "./ansible-play.ts";
import { defineTool, LONG_LIMIT_S, UNTOLD } from "./tool.ts";

const COMMANDS = ["play", "syntax_check", "list_tasks", "doc"] as const;

const playbook = z.string().min(1).optional().describe("As /app/config/site.yml.");
const module = z
  .string()
  .regex(/^[a-z_][\w.]*$/, "a module's name, as in community.general.ufw")
  .optional()
  .describe("For doc.");

/** For a role that only looks. */
const lookingInput = z.strictObject({
  command: z.enum(["syntax_check", "list_tasks", "doc"]),
  playbook,
  module,
});

const input = z
  .strictObject({
    command: z.enum(COMMANDS).default("play"),
    playbook,
    module,
    inventory: z
      .string()
      .min(1)
      .optional()
      .meta({ [UNTOLD]: true }),
    limit: z
      .string()
      .regex(/^[A-Za-z0-9_*!][\w.*:!&,-]*$/, "host or group names, as in pve1,pve2")
      .optional(),
    check: z.boolean().optional(),
    diff: z.boolean().optional(),
    tags: z
      .array(z.string().regex(/^\w[\w.:-]*$/, "a tag is a word"))
      .max(50)
      .optional()
      .meta({ [UNTOLD]: true }),
    extra_vars: z.record(z.string().regex(/^[A-Za-z_]\w*$/, "a variable is a word"), z.json()).optional(),
    timeout_s: LONG_LIMIT_S,
  })
  .superRefine(({ command, playbook, module }, { addIssue }) => {
    const problem = (path: string, message: string) => addIssue({ code: "custom", path: [path], message });
    if (command !== "doc" && playbook === undefined)
      problem("playbook", `${command} needs a playbook, e.g. {"playbook": "/app/config/site.yml"}`);
    if (command !== "doc" && module !== undefined)
      problem("module", 'goes with command doc, e.g. {"command": "doc", "module": "ansible.posix.sysctl"}');
  });

type Input = z.infer<typeof input>;

export const runAnsible = defineTool({
  name: "run_ansible",
  description: "Run a playbook on the nodes. doc shows a module, or the installed collections.",
  input,
  example: { playbook: "/app/config/site.yml", check: true },
  looking: {
    description: "Look at a playbook; doc shows a module, or the installed collections.",
    input: lookingInput,
    example: { command: "syntax_check", playbook: "/app/config/site.yml" },
  },
  // A check run as well: what it leaves undone is up to each task, and to variables that name programs on the nodes.
  effect: ({ command }) => (command === "play" ? "infrastructure" : "workspace"),
  audit: ({ command }) =>
    command === "play"
      ? "With run_ansible you only look: syntax_check, list_tasks and doc. DevOps_Builder runs playbooks."
      : undefined,
  target: ({ playbook, module, command }) => (playbook ? posix.normalize(playbook) : (module ?? command)),
  propose: async ({ playbook, ...args }, context) =>
    await proposePlay({ ...args, playbook: requirePlaybook(playbook) }, context),
  async run({ command, playbook, ...args }, context) {
    if (command !== "play") return await look({ ...args, command, playbook }, context);
    return await play({ ...args, playbook: requirePlaybook(playbook) }, context);
  },
  async adopt({ command }, context) {
    return command === "play" ? await adoptPlay(context) : undefined;
  },
});

/** The schema has seen to it. */
function requirePlaybook(playbook: Input["playbook"]): string {
  if (playbook === undefined) throw new Error("a play without a playbook");
  return playbook;
}
