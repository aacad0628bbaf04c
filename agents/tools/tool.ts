/** What a tool is, for the runtime and for whoever adds one: one file with one exported `Tool`. */
import { z } from "zod";
import type { TeamSecrets } from "../base/team-secrets.ts";
import type { Artifacts } from "../base/truncate.ts";
import type { Change } from "../governance/change.ts";
import type { Effect } from "../governance/effects.ts";
import type { Call } from "../host/commands/call.ts";
import type { CommandRunner } from "../host/commands/command.ts";
import type { Workspace } from "../host/files/paths.ts";
import type { NodePool } from "../host/nodes/ssh.ts";
import type { Grant } from "../protocol/grant.ts";
import type { MissionDesk } from "../protocol/mission.ts";
import type { PostedChange } from "../protocol/posted-change.ts";
import type { Role } from "../protocol/roles.ts";
import type { Redactor } from "../redact/redact.ts";
import type { Redacted } from "../redact/redacted.ts";

/** What a call would do, put so that a person can judge it. */
export type Proposal = {
  /** SHA-256, in hex, of exactly what will run and of where it will. */
  digest: string;
  change: Change;
  /** All that there is to see. */
  text: Redacted;
  /** Why not all of it can be shown; "" when it can. */
  unshown: Redacted;
};

/** What a reviewer looks at, in this turn. */
export type Review = {
  /** The change of this session whose digest begins so. AppError `not_found`. */
  find(name: string): Promise<PostedChange>;
  /** All of it. AppError `not_found` when it is gone. */
  text(change: PostedChange): Promise<Redacted>;
  /** What the model was shown of changes. */
  shown: readonly string[];
  record(change: PostedChange, verdict: Pick<Grant, "verdict" | "why">): Promise<void>;
};

export type { Effect };

/** `docs`: files under /app/docs only. `audit`: by construction unable to change anything. */
export type Access = "full" | "audit" | "docs";

/** How a call ended. Only `ok` is a success; the exit code decides, never the text. */
export type ToolResult = {
  kind: "ok" | "failed" | "refused" | "timeout" | "cancelled" | "unknown";
  exitCode: number | null;
  /** A few words of ours that stand beside the outcome, where no output can imitate them: over which login. */
  way?: Redacted;
  /** What the model reads: already cut to head and tail. */
  stdout: Redacted;
  stderr: Redacted;
  truncated: boolean;
  /** Name (as the model sees it) of the file with the full output, when it was cut. */
  artifact: Redacted | null;
};

/** What the runtime gives each call. Everything that can wait takes `call.signal`. */
export type ToolContext = {
  role: Role;
  workspace: Workspace;
  processes: CommandRunner;
  nodes: NodePool;
  artifacts: Artifacts;
  redactor: Redactor;
  /** Of Ansible's vaults, from the operator's file: for run_ansible alone. */
  vaultKey?: string | undefined;
  /** Makes new secrets known to the whole team. */
  secrets: Pick<TeamSecrets, "learn">;
  /** Real folder of Terraform's states and plans: for run_terraform alone. */
  terraform: string;
  /** Real path, PEM: who signs for the nodes' web interface; it need not exist. */
  caFile?: string;
  /** Real path of the token of the cluster's API, which need not exist: for run_terraform alone. */
  tokenFile?: string;
  /** The environment of the agent: tools take single, allowed names from it. */
  env: Readonly<Record<string, string | undefined>>;
  /** For the tools that record something of the mission. */
  mission?: MissionDesk | undefined;
  /** From the row of permissions.ts: what this role may do with this tool. */
  access: Access;
  /** What it begins is ended with it. */
  call: Call;
  /** For the reviewer's tools alone. */
  review?: Review | undefined;
};

export type Tool<Schema extends z.ZodType = z.ZodType> = {
  name: string;
  /** One or two sentences for the model. */
  description: string;
  /** A strict object: unknown arguments are an error, told to the model. */
  input: Schema;
  /** Arguments that are right, for the model that gave wrong ones. */
  example?: Readonly<Record<string, unknown>>;
  effect(input: z.infer<Schema>): Effect;
  /**
   * For "audit" access (audited.ts): why a role that only looks may not make this call; undefined when the call can
   * change nothing. A tool without it cannot be given for looking.
   */
  audit?(input: z.infer<Schema>): string | undefined;
  /** What a role with "audit" access is told instead, and the arguments that it may give. */
  looking?: { description: string; input?: z.ZodType; example?: Readonly<Record<string, unknown>> };
  /** The file, module, playbook or host it acts on: one word for the log and for counting failures. */
  target(input: z.infer<Schema>): string;
  /**
   * Exactly what the call would change, looked at before it may: for a tool whose effect can be "infrastructure". Changes
   * nothing. Without it such a call is denied. AppErrors as of `run`.
   */
  propose?(input: z.infer<Schema>, context: ToolContext): Promise<Proposal>;
  /** AppError `bad_arguments`, `not_allowed`, `not_found`, `conflict` become a `refused` result. */
  run(input: z.infer<Schema>, context: ToolContext): Promise<ToolResult>;
  /**
   * For a call that an earlier life of the agent began: the result that `run` would have had, waited for when it
   * still runs. Undefined when that is not known. Begins nothing.
   */
  adopt?(input: z.infer<Schema>, context: ToolContext): Promise<ToolResult | undefined>;
};

/** Marks an argument that is taken, and not offered: what models give by habit, and hardly ever need. */
export const UNTOLD = "untold";

/** In seconds, of a call that may change a whole cluster. */
export const LONG_LIMIT_S = z
  .int()
  .min(1)
  .max(3_600)
  .default(1_800)
  .meta({ [UNTOLD]: true });

/** Keeps the schema's type while defining a tool. */
export function defineTool<Schema extends z.ZodType>(tool: Tool<Schema>): Tool<Schema> {
  return tool;
}
