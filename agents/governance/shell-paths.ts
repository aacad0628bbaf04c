/** Which files a program may open for reading: opening a device, a pipe or a pseudo-file of the network can act. */
import { ANY, BELOW, GLOB, isNearlyExact, mayBeOption, maySplit } from "./shell-values.ts";

const ROOTS = new Set(
  "app bin boot data etc home lib media mnt opt proc root run sbin srv sys tmp usr var".split(" "),
);
const STREAMS = new Set(["-", "/dev/null", "/dev/stdin", "/dev/fd/\ue002"]);
/** By the first folder ("" for all): opening them takes something away, waits for somebody, or leads out of the tree. */
const NEVER: Readonly<Record<string, RegExp>> = {
  proc: /^(?:fd|root|cwd|exe|map_files|mem|kmsg|kcore|pagemap|kpage.*)$/,
  sys: /^(?:debug|tracing)$/,
  "": /^dev$|fifo|initctl/i,
};

/** True when every file that the word can name is an ordinary one, as far as names tell. */
export function isReadableFile(text: string): boolean {
  if (STREAMS.has(text)) return true;
  if (text === "" || mayBeOption(text) || maySplit(text) || text.includes(ANY)) return false;
  const isAbsolute = text.startsWith("/");
  const parts = text.split("/").filter((part) => part !== "" && part !== ".");
  const [first = ""] = parts;
  const never = NEVER[Object.hasOwn(NEVER, first) ? first : ""]; // "proc/kmsg" too: a guest's commands begin in its root
  if (parts.some((part) => never?.test(part) || isUpwards(part))) return false;
  return isAbsolute ? isReadablePlace(parts) : parts.length === 1 || isNearlyExact(first);
}

/** A pattern that begins with a dot also stands for the folder above. */
function isUpwards(part: string): boolean {
  return part === ".." || (part.startsWith(".") && !isNearlyExact(part));
}

function isReadablePlace(parts: readonly string[]): boolean {
  const [first = "", second = "", ...rest] = parts;
  if (!ROOTS.has(first) || (first === "var" && second === "spool")) return false;
  const isPattern = (part: string) => !isNearlyExact(part);
  if (/^(?:run|sys|proc)$/.test(first) && parts.length === 1) return false;
  if (first === "run" || first === "sys") return !isPattern(second);
  if (first !== "proc") return true;
  if (parts.some((part) => part.includes(BELOW))) return false;
  if (isPattern(second)) return second === GLOB && rest.length > 0 && !rest.some(isPattern);
  return /^(?:sys|net)$/.test(second) || ![second, ...rest].some(isPattern);
}

/** A folder in which relative names are as harmless as they look: not the root, whose proc and dev are none. */
export function isReadableFolder(text: string): boolean {
  return (
    text !== "-" && isNearlyExact(text) && isReadableFile(text) && !/^\/?(?:proc|sys|dev)(?:\/|$)/.test(text)
  );
}
