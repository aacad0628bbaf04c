/** `./minilab doctor`: what each role needs, tried out, as a table with a remedy for what is missing. */
import { type Env, loadConfig, projectPath, readEnv, secretValues } from "../agents/base/config.ts";
import { loadCredentials } from "../agents/base/credentials.ts";
import { AppError } from "../agents/base/errors.ts";
import { isRole, ROLES, type Role } from "../agents/protocol/roles.ts";
import { createRedactor, type Redactor } from "../agents/redact/redact.ts";
import { type Check, preflight } from "../agents/runtime/preflight.ts";
import { doctorModel } from "./doctor-model.ts";
import { tokenInFile } from "./mint/token-file.ts";
import { misspelt } from "./misspelt-settings.ts";
import { outdatedPrompts } from "./outdated-prompts.ts";
import { outputOf } from "./team/command.ts";
import { makeWorkspace, missingParts } from "./team/missing-parts.ts";
import { PROJECT_DIR } from "./team/project.ts";

type Row = Check & { roles: Role[] };

/** Exit code 1 when something that is needed is missing. `--model` asks the model endpoint instead. `--role ROLE` looks at one role, `--json` is for programs. */
export async function doctor(args: string[], signal: AbortSignal): Promise<number> {
  const env = readEnv(process.env, PROJECT_DIR);
  const redactor = createRedactor(secretValues(env));
  if (args.includes("--model")) return await doctorModel(args, { env, redactor, signal });
  const rows = await examine(rolesOf(args), { env, redactor, signal });
  const ok = rows.every((row) => row.ok);
  const notes = [...misspelt(PROJECT_DIR), ...outdatedPrompts(PROJECT_DIR), ...missingToken(env)];
  const strange = notes.map((text) => `note  ${text}`);
  const ending = ok ? "ready: ./minilab up" : "not ready: mend what FAIL names, then ./minilab doctor again";
  const report = [asTable(rows), ...strange, ending].join("\n");
  console.log(redactor(args.includes("--json") ? JSON.stringify({ ok, checks: rows }) : report));
  return ok ? 0 : 1;
}

function rolesOf(args: string[]): readonly Role[] {
  const position = args.indexOf("--role");
  if (position === -1) return ROLES;
  const name = args[position + 1] ?? "";
  if (!isRole(name)) throw new AppError("bad_arguments", `--role is one of ${ROLES.join(", ")}`);
  return [name];
}

/** Terraform's provider cannot do anything without one. */
function missingToken(env: Env): string[] {
  const config = loadConfig({ PROJECT_DIR, ...env });
  const file = projectPath(config, config.PROXMOX_TOKEN_FILE);
  if (config.PROXMOX_NODES.length === 0 || tokenInFile(file) !== undefined) return [];
  return [`there is no API token for the cluster (${file}): ./minilab mint makes one`];
}

type Examination = { env: Env; redactor: Redactor; signal: AbortSignal };

async function examine(roles: readonly Role[], { env, redactor, signal }: Examination): Promise<Row[]> {
  const { config } = loadCredentials(loadConfig({ PROJECT_DIR, ...env }));
  makeWorkspace(PROJECT_DIR);
  const brought = broughtByUp(env);
  const rows = new Map<string, Row>();
  for (const check of await launcherPrograms(brought, signal))
    rows.set(check.name, { ...check, roles: [...ROLES] });
  for (const role of roles) {
    for (const found of await preflight(config, role, { redactor, signal })) {
      const check = brought.has(found.name)
        ? { ...found, ok: true, detail: "./minilab up brings it" }
        : found;
      const key = JSON.stringify(check);
      rows.set(key, { ...check, roles: [...(rows.get(key)?.roles ?? []), role] });
    }
  }
  return [...rows.values()];
}

/** What is not there before the team is: the private Redis, and the parts of a rehearsal. */
function broughtByUp(env: Env): ReadonlySet<string> {
  const { lab, scriptedModel } = missingParts(env);
  return new Set([
    ...(env["REDIS_URL"] ? [] : ["redis"]),
    ...(lab ? ["ssh key", "known nodes", "nodes"] : []),
    ...(scriptedModel ? ["model"] : []),
  ]);
}

/** What bringing it takes, by package. */
async function launcherPrograms(brought: ReadonlySet<string>, signal: AbortSignal): Promise<Check[]> {
  const packages = [
    ...(brought.has("redis") ? [["redis-server", "redis-server"]] : []),
    ...(brought.has("nodes")
      ? [
          ["sshd", "openssh-server"],
          ["python3", "python3"],
        ]
      : []),
  ];
  return Promise.all(
    packages.map(async ([name = "", debianPackage = ""]) => {
      const path = await outputOf(["sh", "-c", 'command -v "$1"', "sh", name], {
        cwd: PROJECT_DIR,
        env: { PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` },
        signal,
      }).catch(() => ""); // exit code 127: not there
      const detail = path.trim() || "no such program";
      return { name, ok: path !== "", detail, remedy: `apt-get install ${debianPackage}` };
    }),
  );
}

export function asTable(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows
    .map(({ name, ok, detail, remedy, roles }) => {
      const who = roles.length === ROLES.length ? "" : `  [${roles.join(", ")}]`;
      const line = `${ok ? "ok  " : "FAIL"}  ${name.padEnd(width)}  ${detail.replaceAll("\n", " ")}${who}`;
      return ok ? line : `${line}\n      ${" ".repeat(width)}  -> ${remedy}`;
    })
    .join("\n");
}
