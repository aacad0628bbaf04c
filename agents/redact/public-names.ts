/**
 * What looks like a token and is a name that everybody knows: algorithms of SSH with a security key begin as the keys of
 * model providers do. A configuration that was shown without them cannot be copied back.
 */

const PUBLIC_NAMES: ReadonlySet<string> = new Set([
  "sk-ssh-ed25519",
  "sk-ssh-ed25519-cert-v01",
  "sk-ecdsa-sha2-nistp256",
  "sk-ecdsa-sha2-nistp256-cert-v01",
]);

/** `sk-` followed by words, as packages are named. */
export function isPublicName(found: string): boolean {
  if (!/^sk-/.test(found)) return false;
  return PUBLIC_NAMES.has(found) || !isRandom(found.slice("sk-".length));
}

/** So many letters and digits in a row are in no word of a name; nor are capitals and digits together. */
function isRandom(text: string): boolean {
  return /[A-Za-z0-9]{16}/.test(text) || (/[A-Z]/.test(text) && /\d/.test(text));
}
