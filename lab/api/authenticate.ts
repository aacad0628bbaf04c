/** Who asks: by API token, or by ticket and, for what changes something, its CSRF prevention token. */

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { named } from "../cluster/named.ts";
import { StatusError } from "../cluster/parameter-error.ts";
import type { ClusterState } from "../cluster/state.ts";

const TICKET_SECONDS = 2 * 60 * 60;

export type Credentials = {
  /** The header of that name: `PVEAPIToken=USER@REALM!ID=SECRET`. */
  authorization?: string | undefined;
  cookie?: string | undefined;
  csrf?: string | undefined;
  /** Changes something, so that a cookie alone is not enough. */
  isWrite: boolean;
};

/** The user or token; null when nothing was shown. StatusError 401 for anything that does not hold. */
export function authenticate(state: ClusterState, shown: Credentials, now: number): string | null {
  const token =
    /^PVEAPIToken[= ](?<id>[^\s=:!@]{1,64}@[^\s=:!@]{1,64}![\w.-]{1,64})[=:](?<secret>[A-Za-z0-9-]{1,128})$/.exec(
      shown.authorization ?? "",
    );
  if (token?.groups)
    return byToken(state, { id: token.groups["id"] ?? "", secret: token.groups["secret"] ?? "" }, now);
  if (shown.authorization?.startsWith("PVEAPIToken")) throw new StatusError(401, "no tokenid specified");
  const cookie = (shown.cookie ?? "").split(/;\s?/).find((part) => part.startsWith("PVEAuthCookie="));
  if (!cookie) return null;
  const user = byTicket(state, decodeURIComponent(cookie.slice("PVEAuthCookie=".length)), now);
  if (shown.isWrite && !isEqual(csrfSignature(state, user, shown.csrf ?? ""), shown.csrf ?? "", now))
    throw new StatusError(401, "Permission denied - invalid csrf token");
  return user;
}

export type Login = { ticket: string; csrf: string };

export function login(state: ClusterState, user: string, now: number): Login {
  const stamp = Math.floor(now / 1000)
    .toString(16)
    .toUpperCase()
    .padStart(8, "0");
  const body = `PVE:${user}:${stamp}`;
  return { ticket: `${body}::${sign(state, body)}`, csrf: csrfSignature(state, user, `${stamp}:`) };
}

/** A password as it is kept, or the secret of a token. */
export function digestOf(state: ClusterState, secret: string): string {
  return createHash("sha256").update(`${state.ticketKey}\n${secret}`).digest("hex");
}

/** StatusError 401 for a user that is not there, has expired or is disabled, or for another password. */
export function checkPassword(
  state: ClusterState,
  shown: { user: string; password: string },
  now: number,
): void {
  const { user, password } = shown;
  const kept = named(state.sections["passwords"], user)?.["digest"];
  requireAlive(state, user, now);
  if (typeof kept !== "string" || !same(kept, digestOf(state, password)))
    throw new StatusError(401, "authentication failure");
}

function byToken(state: ClusterState, { id, secret }: { id: string; secret: string }, now: number): string {
  const token = named(state.sections["tokens"], id);
  if (!token)
    throw new StatusError(401, `no such token '${id.split("!")[1]}' for user '${id.split("!")[0]}'`);
  requireAlive(state, id.split("!")[0] ?? "", now);
  const expire = Number(token["expire"] ?? 0);
  if (expire > 0 && expire < now / 1000) throw new StatusError(401, "token expired");
  if (!same(String(token["digest"]), digestOf(state, secret)))
    throw new StatusError(401, "invalid token value!");
  return id;
}

function byTicket(state: ClusterState, ticket: string, now: number): string {
  const match = /^(PVE:([^:\s@]{1,64}@[^:\s@]{1,64}):([0-9A-F]{8}))::([\w-]{1,100})$/.exec(ticket);
  const [, body = "", user = "", stamp = "", signature = ""] = match ?? [];
  if (!match || !same(sign(state, body), signature)) throw new StatusError(401, "invalid PVE ticket");
  const age = now / 1000 - Number.parseInt(stamp, 16);
  if (age > TICKET_SECONDS || age < -300)
    throw new StatusError(401, "permission denied - invalid PVE ticket");
  requireAlive(state, user, now);
  return user;
}

function requireAlive(state: ClusterState, user: string, now: number): void {
  const found = named(state.sections["users"], user);
  if (!found) throw new StatusError(401, "authentication failure");
  const expire = Number(found["expire"] ?? 0);
  if (found["enable"] === 0 || (expire > 0 && expire < now / 1000))
    throw new StatusError(401, "authentication failure");
}

function csrfSignature(state: ClusterState, user: string, shown: string): string {
  const stamp = shown.split(":")[0] ?? "";
  return `${stamp}:${sign(state, `csrf:${stamp}:${user}`)}`;
}

function isEqual(wanted: string, shown: string, now: number): boolean {
  const age = now / 1000 - Number.parseInt(shown.split(":")[0] ?? "", 16);
  return same(wanted, shown) && age < TICKET_SECONDS;
}

function sign(state: ClusterState, text: string): string {
  return createHmac("sha256", state.ticketKey).update(text).digest("base64url");
}

/** In equal time, whatever the lengths. */
function same(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
