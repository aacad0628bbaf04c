/**
 * The team's account on the cluster, by pveum on a node: one role, one user, one token that ends by itself. Each step finds
 * what an interrupted run has left, so that running it again ends in the same place.
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { AppError } from "../../agents/base/errors.ts";
import type { NodeShell } from "./node-shell.ts";

export const USER = "minilab@pve";
export const ROLE = "MiniLab";
const COMMENT = "AI MiniLab; made by ./minilab mint";
const PREFIX = "terraform-";

/** `expire` in seconds since 1970; 0 for never. */
export type Token = { tokenid: string; expire: number };
export type Account = {
  /** Undefined without the role. */
  privileges: readonly string[] | undefined;
  hasUser: boolean;
  isGranted: boolean;
  tokens: readonly Token[];
};

const count = z.coerce.number().default(0);
const roles = z.array(z.object({ roleid: z.string(), privs: z.string().default("") }));
const users = z.array(z.object({ userid: z.string(), comment: z.string().optional() }));
const tokens = z.array(z.object({ tokenid: z.string(), expire: count }));
const lists = z.array(z.object({ path: z.string(), ugid: z.string(), roleid: z.string() }));
const minted = z.object({ "full-tokenid": z.string(), value: z.string().min(1) });

/** AppError `conflict` for a user of that name that is somebody else's. */
export async function readAccount(shell: NodeShell): Promise<Account> {
  const role = (await list(shell, roles, ["role", "list"])).find(({ roleid }) => roleid === ROLE);
  const user = (await list(shell, users, ["user", "list"])).find(({ userid }) => userid === USER);
  if (user && user.comment !== COMMENT)
    throw new AppError(
      "conflict",
      `${USER} exists and was not made by mint (its comment is another): nothing was changed`,
    );
  const grants = await list(shell, lists, ["acl", "list"]);
  return {
    privileges: role?.privs.split(",").filter(Boolean).sort(),
    hasUser: user !== undefined,
    isGranted: grants.some(({ path, ugid, roleid }) => path === "/" && ugid === USER && roleid === ROLE),
    tokens: user ? await list(shell, tokens, ["user", "token", "list", USER]) : [],
  };
}

/** Role, user and what the user may do: as they are to be when it returns. */
export async function openAccount(
  shell: NodeShell,
  found: Account,
  privileges: readonly string[],
): Promise<void> {
  const privs = ["--privs", privileges.join(",")];
  if (found.privileges?.join() !== privileges.join())
    await pveum(shell, ["role", found.privileges ? "modify" : "add", ROLE, ...privs]);
  if (!found.hasUser) await pveum(shell, ["user", "add", USER, "--comment", COMMENT]);
  if (!found.isGranted) await pveum(shell, ["acl", "modify", "/", "--users", USER, "--roles", ROLE]);
}

/** `user!name=secret`. The token may do what its user may. */
export async function mintToken(
  shell: NodeShell,
  { now, days }: { now: Date; days: number },
): Promise<string> {
  const day = now.toISOString().slice(0, "2026-01-01".length);
  const name = `${PREFIX}${day}-${randomBytes(4).toString("hex")}`;
  const expire = String(Math.floor(now.getTime() / 1_000) + days * 86_400);
  const options = ["--privsep", "0", "--expire", expire, "--output-format", "json"];
  const answer = minted.parse(
    JSON.parse(await pveum(shell, ["user", "token", "add", USER, name, ...options])),
  );
  return `${answer["full-tokenid"]}=${answer.value}`;
}

/** All but the one that is kept. */
export async function removeTokens(shell: NodeShell, all: readonly Token[], kept?: string): Promise<void> {
  for (const { tokenid } of all)
    if (`${USER}!${tokenid}` !== kept) await pveum(shell, ["user", "token", "remove", USER, tokenid]);
}

/** With the user go its tokens and its rights. */
export async function closeAccount(shell: NodeShell, found: Account): Promise<void> {
  await removeTokens(shell, found.tokens);
  if (found.isGranted) await pveum(shell, ["acl", "delete", "/", "--users", USER, "--roles", ROLE]);
  if (found.hasUser) await pveum(shell, ["user", "delete", USER]);
  if (found.privileges) await pveum(shell, ["role", "delete", ROLE]);
}

async function list<T>(shell: NodeShell, shape: z.ZodType<T>, command: string[]): Promise<T> {
  const text = await pveum(shell, [...command, "--output-format", "json"]);
  const parsed = shape.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new AppError(
    "unavailable",
    `${shell.node}: pveum ${command.join(" ")} answered nothing that Proxmox VE answers`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** By its place: who logs in as another user than root has no /usr/sbin in PATH. */
async function pveum(shell: NodeShell, argv: readonly string[]): Promise<string> {
  return await shell.run(["/usr/sbin/pveum", ...argv]);
}
