/** Which hosts a line may name: a name that is looked up tells whoever serves its domain what the name says. */
import { isExact } from "./shell-values.ts";

const PRIVATE =
  /^(?:localhost|127\.[\d.]+|10\.[\d.]+|192\.168\.[\d.]+|172\.(?:1[6-9]|2\d|3[01])\.[\d.]+|\[::1\]|\[f[cd][\da-f:]+\]|[A-Za-z\ue001][\w\ue001\ue002-]*|[\w.-]+\.(?:local|lan|internal|home|home\.arpa|intern|localdomain))$/;

/** On this machine or in a private network. */
export function isOwnHost(host: string): boolean {
  return PRIVATE.test(host);
}

/** What is not known before the line runs is at most a number in an address, or stands in no public domain. */
export function isKnownHost(text: string): boolean {
  if (text === "") return false;
  return isExact(text) || /^@?[\d.\ue002]+$/.test(text) || isPrivateName(text);
}

/** A name without a domain, or in one of those that are never public. */
function isPrivateName(text: string): boolean {
  if (!/^@?[\w.\ue001\ue002-]+$/.test(text)) return false;
  return !text.includes(".") || /\.(?:local|lan|internal|home|home\.arpa|intern|localdomain)$/.test(text);
}
