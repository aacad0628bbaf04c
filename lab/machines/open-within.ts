/** Opens what a path of a machine names, in the folder of this machine that is its `/`: never what lies outside of it. */
import { closeSync, constants, openSync, readlinkSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";

/**
 * A file descriptor, to be closed; undefined for what is not there, is not ours to read, is a link, or lies behind a
 * folder that is one: outside of the machine a link leads elsewhere. Where the opened file really is decides: what its
 * path says may have changed since it was looked at. `flags` beside reading, as open(2) has them.
 */
export function openWithin(root: string, path: string, flags = 0): number | undefined {
  const place = resolve(realpathSync(root), `.${join("/", path)}`); // nothing is above the machine's own root
  let file: number;
  try {
    file = openSync(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | flags);
  } catch {
    return undefined;
  }
  if (readlinkSync(`/proc/self/fd/${file}`) === place) return file;
  closeSync(file);
  return undefined;
}
