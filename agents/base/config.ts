/** Every setting of every process: read once, checked whole, frozen. Defaults live in the schema only. */

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse as parseDotenv } from "dotenv";
import { z } from "zod";
import { AppError } from "./errors.ts";
import { parseNetworks } from "./guest-networks.ts";
import { nameProblem, parseGuests } from "./guests.ts";
import { type NodeAddress, type ProxyAddress, parseNodes, parseProxy } from "./node-address.ts";
import { TEAM_DOCUMENTS } from "./team-documents.ts";

/** The audit's folder in a checkout. */
export const AUDIT = "tmp/run/audit";

export type Env = Readonly<Record<string, string | undefined>>;

export type { NodeAddress, ProxyAddress };

const seconds = (fallback: number) => z.coerce.number().positive().max(86_400).default(fallback);
const dollars = z.coerce.number().min(0).max(1_000_000).optional();
const count = z.coerce.number().int().min(0).max(1_000_000_000_000);

export const settings = z.object({
  AGENT_ROLE: z.enum(["Architect_Zero", "DevOps_Builder", "Security_Sentinel", "QA_Tester"]).optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).default("redis://127.0.0.1:6379"),
  REDIS_USER: z.string().optional(),
  REDIS_PASSWORD_FILE: z.string().optional(),
  BUS_MODE: z.enum(["strict", "compat"]).default("strict"),
  COMPAT_PORT: z.coerce.number().int().min(0).max(65_535).default(6_379),
  BUS_KEEP_DAYS: z.coerce.number().min(1).max(3_650).default(30),
  OPENAI_API_BASE: z.url({ protocol: /^https?$/ }).default("https://api.openai.com/v1"),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_API_KEY_FILE: z.string().optional(),
  LLM_MODEL: z.string().default("gpt-5-mini"),
  LLM_API: z.enum(["chat", "responses"]).optional(),
  LLM_REASONING_EFFORT: z.enum(["none", "minimal", "low", "medium", "high", "xhigh"]).optional(),
  LLM_MAX_OUTPUT_TOKENS: z.coerce.number().int().min(256).default(16_384),
  LLM_TIMEOUT_S: seconds(180),
  LLM_CONTEXT_TOKENS: count.min(4_096).optional(),
  CONTEXT_TOKENS: count.min(4_000).default(20_000),
  CONTEXT_LOW_TOKENS: count.min(1_000).default(6_000),
  PRICES_FILE: z.string().optional(),
  ...{ BUDGET_SESSION_DOLLARS: dollars, BUDGET_SESSION_TOKENS: count.optional() },
  ...{ BUDGET_DAY_DOLLARS: dollars, BUDGET_DAY_TOKENS: count.optional() },
  LLM_REQUESTS_PER_MINUTE: count.min(1).optional(),
  LLM_TOKENS_PER_MINUTE: count.min(1).optional(),
  CHANGES: z.enum(["read-only", "workspace", "infrastructure"]).default("infrastructure"),
  APPROVAL: z.enum(["reviewer", "high-risk", "operator", "advise"]).default("high-risk"),
  APPROVAL_MINUTES: z.coerce.number().positive().max(1_440).default(30),
  MAX_STEPS: z.coerce.number().int().min(1).max(100).default(100),
  PROXMOX_NODES: z.string().default("").transform(parseNodes),
  PROXMOX_PROXY: z
    .url({ protocol: /^http$/ })
    .transform(parseProxy)
    .optional(),
  GUESTS: z.string().default("").transform(noted(parseGuests)),
  GUEST_NETWORKS: z.string().default("").transform(noted(parseNetworks)),
  GUEST_KEY_FILE: z.string().default("tmp/run/guest_key"),
  SSH_USER: z.string().default("root"),
  SSH_KEY_FILE: z.string().default("tmp/bootstrap_key"),
  VAULT_KEY_FILE: z.string().optional(),
  KNOWN_NODES_FILE: z.string().default("tmp/known_nodes"),
  PROXMOX_CA_FILE: z.string().default("tmp/pve-root-ca.pem"),
  PROXMOX_TOKEN_FILE: z.string().default("tmp/proxmox_token"),
  PROJECT_DIR: z.string().default("."),
  MINILAB_PROGRAMS: z.string().optional(),
  WORKSPACE_LAYOUT: z.enum(["project", "container"]).default("project"),
  READABLE_ENV: z.string().default("").transform(namesIn),
  SANDBOX: z.enum(["auto", "bubblewrap", "container", "none"]).default("auto"),
  TOOL_UID: z.coerce.number().int().min(1).default(10_002),
  TOOL_GID: z.coerce.number().int().min(0).optional(),
  TERRAFORM_UID: z.coerce.number().int().min(1).optional(),
  SETTINGS_FILE: z.string().optional(),
  TEAM_SECRETS_DIR: z.string().optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: z.enum(["true", "false"]).optional(),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
});

export type Config = Readonly<z.infer<typeof settings>>;

/**
 * Check an environment. `""` counts as unset; unknown names are ignored. Throws one AppError `bad_config`
 * that lists every bad variable, never its value.
 */
export function loadConfig(env: Env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = settings.superRefine(checkGuests).safeParse(given);
  if (parsed.success) return Object.freeze(withProxy(parsed.data));
  const problems = parsed.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
  throw new AppError("bad_config", `Bad settings (see .env.template):\n${problems.join("\n")}`);
}

function checkGuests({ GUESTS, PROXMOX_NODES: nodes }: Config, ctx: z.RefinementCtx): void {
  for (const guest of GUESTS) {
    const message = nameProblem(guest, { nodes, others: GUESTS.filter((other) => other !== guest) });
    if (message !== undefined) ctx.addIssue({ code: "custom", path: ["GUESTS"], message });
  }
}

/** What a parser finds wrong becomes issues of the setting. */
function noted<T>(parse: (text: string) => readonly [found: T[], problems: string[]]) {
  return (text: string, ctx: z.RefinementCtx): T[] => {
    const [found, problems] = parse(text);
    for (const message of problems) ctx.addIssue({ code: "custom", message });
    return found;
  };
}

function withProxy(config: z.infer<typeof settings>): Config {
  const { PROXMOX_PROXY: proxy, PROXMOX_NODES: nodes } = config;
  return proxy ? { ...config, PROXMOX_NODES: nodes.map((node) => ({ ...node, proxy })) } : config;
}

/** The process's environment over the `.env` file of the project, as Compose does it: for what starts the team. */
export function readEnv(processEnv: Env, directory: string): Env {
  const file = join(directory, ".env");
  const fromFile = existsSync(file) ? parseDotenv(readFileSync(file)) : {};
  const given = Object.fromEntries(Object.entries(processEnv).filter(([, value]) => value !== ""));
  return { ...fromFile, ...given };
}

/** A program's own environment, over a file with further settings that SETTINGS_FILE names: in /proc nobody sees those. */
export function programEnv(processEnv: Env): Env {
  const file = processEnv["SETTINGS_FILE"];
  const given = Object.fromEntries(Object.entries(processEnv).filter(([, value]) => value !== ""));
  return { ...(file ? parseDotenv(readFileSync(file)) : {}), ...given };
}

/** A path of a setting: relative ones count from the project. */
export function projectPath(config: Config, path: string): string {
  return resolve(config.PROJECT_DIR, path);
}

/** The real folder of the team's documents, wherever this runs. */
export function documentsFolder(config: Config): string {
  return projectPath(config, config.WORKSPACE_LAYOUT === "container" ? "docs" : TEAM_DOCUMENTS);
}

/** Where the audit is kept, a folder for each writer: no tool of the team gets there. */
export function auditFolder(config: Config): string {
  return config.WORKSPACE_LAYOUT === "container" ? "/var/lib/minilab/audit" : projectPath(config, AUDIT);
}

/** The values that must never be shown: by the names that hold them. Of a list or an object each part is one. */
export function secretValues(env: Env): string[] {
  const readable = new Set(namesIn(env["READABLE_ENV"] ?? ""));
  return Object.entries(env).flatMap(([name, value]) => {
    if (!value || !(isSecretName(name) || (isTerraformVariable(name) && !readable.has(name)))) return [];
    return [value, ...partsOf(value)];
  });
}

export function isTerraformVariable(name: string): boolean {
  return name.startsWith("TF_VAR_");
}

export function namesIn(list: string): string[] {
  return list.split(/[\s,]+/).filter(Boolean);
}

/** The quoted values in JSON or in Terraform's own notation; what stands before : or = is a key. */
function partsOf(value: string): string[] {
  if (!/^\s*[[{]/.test(value)) return [];
  const pieces = value.split('"');
  return pieces.filter((_, index) => index % 2 === 1 && !/^\s*[:=]/.test(pieces[index + 1] ?? ""));
}

/** A number of tokens of text is none. */
export function isSecretName(name: string): boolean {
  if (name in settings.shape && /_TOKENS(?:_PER_MINUTE)?$/.test(name)) return false;
  return /KEY$|TOKEN|SECRET|PASS|CREDENTIAL|PRIVATE/i.test(name) && !/_FILE$|_PATH$/i.test(name);
}
