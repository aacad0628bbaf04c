/** `blkid` of a node; options and exit codes as of util-linux 2.41. */
import { type CommandOutcome, failed, NOT_SIMULATED, notSimulated, succeeded } from "../cluster/outcome.ts";
import { type Device, disk } from "./disks.ts";
import { guid } from "./partitions.ts";
import type { Asked } from "./stand-in.ts";

type Options = { tags: string[]; form: string; where: string[]; match: string[] };
type Tags = readonly (readonly [name: string, value: string])[];

const FORMS = ["full", "value", "export", "device", "list", "udev"];

/** Exit code 2, as the real one, for a device without anything known on it. */
export function blkid(asked: Asked): CommandOutcome {
  const options: Options = { tags: [], form: "full", where: [], match: [] };
  const rest = [...asked.words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift())
    if (!apply(options, word, rest)) return notSimulated(`blkid ${asked.words.join(" ")}`, NOT_SIMULATED);
  if (!FORMS.includes(options.form)) return failed(4, `unsupported output format ${options.form}`);
  if (["list", "udev"].includes(options.form)) return notSimulated(`blkid -o ${options.form}`, NOT_SIMULATED);
  const all = devices(disk(asked.hardware)).map((device) => ({ device, tags: tagsOf(device, asked) }));
  const found = all.filter(
    ({ device, tags }) =>
      (options.where.length === 0
        ? tags.some(([name]) => name !== "PARTUUID")
        : options.where.includes(device.path)) &&
      options.match.every((pair) => tags.some(([name, value]) => `${name}=${value}` === pair)),
  );
  const shown = found
    .map(({ device, tags }) => ({ device, tags: tags.filter(([name]) => isAsked(name, options)) }))
    .filter(({ tags }) => tags.length > 0);
  if (shown.length === 0) return { exitCode: 2, stdout: "", stderr: "" };
  const texts = shown.map(({ device, tags }) => text(device, tags, options.form));
  return succeeded(texts.join(options.form === "export" ? "\n" : ""));
}

function apply(options: Options, word: string, rest: string[]): boolean {
  const [name = "", inline] = word.startsWith("--") ? word.split("=", 2) : [word];
  const value = () => inline ?? rest.shift() ?? "";
  if (name === "-s" || name === "--match-tag") options.tags.push(value());
  else if (name === "-o" || name === "--output") options.form = value();
  else if (name === "-t" || name === "--match-token") options.match.push(value().replaceAll('"', ""));
  else if (name === "-L" || name === "--label" || name === "-U" || name === "--uuid") {
    options.match.push(`${name === "-L" || name === "--label" ? "LABEL" : "UUID"}=${value()}`);
    options.form = "device";
  } else if (!name.startsWith("-")) options.where.push(name);
  else return ["-p", "--probe", "-l", "--list-one"].includes(name);
  return true;
}

function isAsked(name: string, { tags }: Options): boolean {
  return tags.length === 0 || tags.includes(name);
}

function devices(whole: Device): Device[] {
  const all = [whole, ...whole.children.flatMap(devices)];
  return all.filter(({ path }, at) => all.findIndex((other) => other.path === path) === at);
}

function tagsOf({ name, path, fstype, uuid, type }: Device, { hardware }: Asked): Tags {
  if (type === "disk")
    return [
      ["PTUUID", guid("disk", hardware).toLowerCase()],
      ["PTTYPE", "gpt"],
    ];
  const known: Tags = uuid === "" ? [] : [["UUID", uuid]];
  const size: Tags =
    fstype === "vfat" ? [["BLOCK_SIZE", "512"]] : fstype === "ext4" ? [["BLOCK_SIZE", "4096"]] : [];
  const part: Tags = name.startsWith("sda") ? [["PARTUUID", guid(path, hardware).toLowerCase()]] : [];
  return [...known, ...size, ...(fstype ? [["TYPE", fstype] as const] : []), ...part];
}

function text({ path }: Device, tags: Tags, form: string): string {
  if (form === "device") return `${path}\n`;
  if (form === "value") return tags.map(([, value]) => `${value}\n`).join("");
  if (form === "export")
    return [["DEVNAME", path], ...tags].map(([name, value]) => `${name}=${value}\n`).join("");
  return `${path}: ${tags.map(([name, value]) => `${name}="${value}"`).join(" ")}\n`;
}
