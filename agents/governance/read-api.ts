/** Which calls of `pvesh` only read: GET, but for the paths that do more than their method says. */
import { isExact, maySplit } from "./shell-values.ts";

/**
 * By the API of Proxmox VE 9: a graph is drawn into a file, what is in a backup is shown by a virtual machine that starts for it,
 * a socket lets its reader act, and some ask a server that an argument names.
 */
const ACTING =
  /(?:^|\/)(?:rrd|vncwebsocket|mtunnelwebsocket|query-url-metadata|query-oci-repo-tags|acme\/(?:tos|meta)|scan\/(?:nfs|cifs|pbs|iscsi|glusterfs))\/?$|(?:^|\/)file-restore(?:\/|$)/;

/** Words after the program's name. The path may stand anywhere among the options, so every word is looked at. */
export function isReadingApi([verb = "", ...words]: readonly string[]): boolean {
  if (verb === "ls" || verb === "usage") return true;
  return verb === "get" && words.every(isReadingWord);
}

/** A word whose end is not known could be any path. */
function isReadingWord(word: string): boolean {
  if (maySplit(word)) return false;
  if (word.startsWith("-")) return isExact(word);
  const path = word.replaceAll(/\/+/g, "/");
  return !/[\ue003-\ue005]\/?$/.test(path) && !ACTING.test(path);
}
