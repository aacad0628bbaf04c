/** Which units of a machine somebody has masked: links to /dev/null in its /etc/systemd/system. */
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";

/** `folder`: the machine's, as a path of this one. */
export function isMasked(folder: string, name: string): boolean {
  const place = join(folder, name);
  return (
    lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true &&
    readlinkSync(place) === "/dev/null"
  );
}

export function maskedNames(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => isMasked(folder, name)) : [];
}

/** The link that was made; undefined where it was there already, or another file is. */
export function mask(folder: string, name: string): string | undefined {
  const place = join(folder, name);
  if (isMasked(folder, name) || existsSync(place)) return undefined;
  mkdirSync(folder, { recursive: true });
  symlinkSync("/dev/null", place);
  return place;
}

/** False when it was none. */
export function unmask(folder: string, name: string): boolean {
  if (!isMasked(folder, name)) return false;
  rmSync(join(folder, name));
  return true;
}
