/**
 * `./minilab mint [--for KIND,...] [--days N] [--yes] | --rotate | --revoke | --show`: the account and the API token with
 * which the team's Terraform works on the cluster, made over SSH, with no more rights than the work needs.
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { loadConfig, projectPath, readEnv } from "../agents/base/config.ts";
import { AppError, describeError } from "../agents/base/errors.ts";
import { isConfirmed } from "./confirm.ts";
import {
  type Account,
  closeAccount,
  mintToken,
  openAccount,
  ROLE,
  readAccount,
  removeTokens,
  USER,
} from "./mint/account.ts";
import { type NodeShell, openNodeShell } from "./mint/node-shell.ts";
import { KINDS, type Kind, privilegesFor } from "./mint/privileges.ts";
import { keepFile, removeToken, tokenInFile } from "./mint/token-file.ts";
import { PROJECT_DIR } from "./team/project.ts";

const USAGE = "./minilab mint [--for guests,network,...] [--days N] [--rotate | --revoke | --show] [--yes]";
const SURE = "add --yes";
/** Over a connection whose host key is pinned: nobody else has put it there. */
const CA = "/etc/pve/pve-root-ca.pem";
/** A token that ends within this time is made anew. */
const RENEW_S = 7 * 86_400;

export type Options = {
  /** Undefined: as it is, and of a new account what guests need. */
  kinds: readonly Kind[] | undefined;
  days: number;
  action: "mint" | "rotate" | "revoke" | "show";
  isSure: boolean;
};

/** Exit code 0 when the account is as wanted; 1 when the operator said no. AppError for what stands in the way. */
export async function mint(args: string[], signal: AbortSignal): Promise<number> {
  const options = readOptions(args);
  const config = loadConfig({ ...readEnv(process.env, PROJECT_DIR), PROJECT_DIR });
  const shell = await openNodeShell(config, { onNotice: tell, signal });
  try {
    const file = projectPath(config, config.PROXMOX_TOKEN_FILE);
    return await act(shell, options, { file, caFile: projectPath(config, config.PROXMOX_CA_FILE), signal });
  } finally {
    shell.close();
  }
}

/** Where the token and the cluster's CA are kept. */
export type Work = { file: string; caFile: string; signal: AbortSignal };

/** What the command does over an open connection. */
export async function act(
  shell: NodeShell,
  options: Options,
  { file, caFile, signal }: Work,
): Promise<number> {
  const found = await readAccount(shell);
  if (options.action === "show") return tell(describeAccount(found, file));
  const plan =
    options.action === "revoke" ? planOfEnd(found, file) : planOfAccount(found, options, { file, caFile });
  if (plan.steps.length === 0) return tell(plan.nothing);
  tell(`on ${shell.node}, for the whole cluster:\n${plan.steps.map((step) => `  ${step}`).join("\n")}`);
  if (!options.isSure && !(await isConfirmed({ question: "Do it?", sure: SURE }, signal))) return 1;
  return await plan.carryOut(shell);
}

type Plan = { steps: string[]; nothing: string; carryOut: (shell: NodeShell) => Promise<number> };

function planOfAccount(
  found: Account,
  { kinds, days, action }: Options,
  { file, caFile }: Omit<Work, "signal">,
): Plan {
  const wanted = kinds ? privilegesFor(kinds) : (found.privileges ?? privilegesFor(["guests"]));
  const kept = action === "rotate" ? undefined : keptToken(found, file);
  const extra = found.tokens.filter(({ tokenid }) => `${USER}!${tokenid}` !== kept);
  const steps = [
    ...(found.privileges?.join() === wanted.join() ? [] : [`role ${ROLE}: ${wanted.join(" ")}`]),
    ...(found.hasUser ? [] : [`user ${USER}, who can log in by a token alone`]),
    ...(found.isGranted ? [] : [`${USER} is given the role ${ROLE} at /`]),
    ...(kept ? [] : [`a token for ${days} days, kept in ${file}`]),
    ...extra.map(({ tokenid }) => `the token ${tokenid} is removed`),
    ...(existsSync(caFile) ? [] : [`the CA of the cluster's web interface, kept in ${caFile}`]),
  ];
  const carryOut = async (shell: NodeShell) => {
    await openAccount(shell, found, wanted);
    if (!kept) keepFile(file, `${await mintToken(shell, { now: new Date(), days })}\n`, 0o600);
    await removeTokens(shell, found.tokens, kept);
    if (!existsSync(caFile)) keepFile(caFile, await shell.run(["cat", CA]), 0o644);
    return tell(`done: Terraform works as ${USER} from its next run`);
  };
  return { steps, nothing: `nothing to do: ${file} holds a token that works`, carryOut };
}

function planOfEnd(found: Account, file: string): Plan {
  const steps = [
    ...found.tokens.map(({ tokenid }) => `the token ${tokenid} is removed`),
    ...(found.hasUser ? [`the user ${USER} is removed`] : []),
    ...(found.privileges ? [`the role ${ROLE} is removed`] : []),
    ...(tokenInFile(file) ? [`${file} is removed`] : []),
  ];
  const carryOut = async (shell: NodeShell) => {
    await closeAccount(shell, found);
    removeToken(file);
    return tell("done: there is no account any more");
  };
  return { steps, nothing: "nothing to do: there is no account", carryOut };
}

/** `user!name` of the token here, when the cluster knows it and it does not end soon. */
function keptToken({ tokens }: Account, file: string): string | undefined {
  const here = tokenInFile(file);
  const known = tokens.find(({ tokenid }) => `${USER}!${tokenid}` === here);
  const isLasting = known && (known.expire === 0 || known.expire > Date.now() / 1_000 + RENEW_S);
  return isLasting ? here : undefined;
}

function describeAccount(found: Account, file: string): string {
  const here = tokenInFile(file);
  const held = found.privileges ?? [];
  const isOf = (kind: Kind) => privilegesFor([kind]).every((name) => held.includes(name));
  const tokens = found.tokens.map(({ tokenid, expire }) => {
    const end = expire === 0 ? "never ends" : `ends ${new Date(expire * 1_000).toISOString().slice(0, 10)}`;
    return `token  ${tokenid}, ${end}${`${USER}!${tokenid}` === here ? `, kept in ${file}` : ""}`;
  });
  return [
    `role   ${found.privileges ? `${ROLE}: ${held.join(" ")}` : "none"}`,
    `work   ${KINDS.filter(isOf).join(", ") || "none"}`,
    `user   ${found.hasUser ? `${USER}${found.isGranted ? "" : ", without the role"}` : "none"}`,
    ...(tokens.length > 0 ? tokens : ["token  none"]),
    ...(here && tokens.every((line) => !line.endsWith(file))
      ? [`${file} holds ${here}, which the cluster does not know`]
      : []),
  ].join("\n");
}

function readOptions(args: string[]): Options {
  const flag = { type: "boolean", default: false } as const;
  const options = { for: { type: "string" }, days: { type: "string", default: "90" }, yes: flag } as const;
  try {
    const { values } = parseArgs({ args, options: { ...options, rotate: flag, revoke: flag, show: flag } });
    const actions = (["rotate", "revoke", "show"] as const).filter((name) => values[name]);
    if (actions.length > 1) throw new Error(`--${actions.join(" and --")} do not go together`);
    return {
      kinds: values.for === undefined ? undefined : values.for.split(",").map(kindOf),
      days: daysOf(values.days),
      action: actions[0] ?? "mint",
      isSure: values.yes,
    };
  } catch (error) {
    throw new AppError("bad_arguments", `${describeError(error)}\nusage: ${USAGE}`);
  }
}

function kindOf(name: string): Kind {
  const kind = KINDS.find((known) => known === name.trim());
  if (kind) return kind;
  throw new Error(`--for takes ${KINDS.join(", ")}`);
}

function daysOf(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= 3_650) return days;
  throw new Error("--days takes a number of days from 1 to 3650");
}

function tell(text: string): number {
  console.log(text);
  return 0;
}
