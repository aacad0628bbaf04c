/** Packages in Debian's format, as `dpkg` reads them: an ar archive of two tar archives. Contents come from the caller. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

export type DebFile = { path: string; mode?: number } & ({ content: string } | { link: string });

export type Deb = {
  /** Field to value: Package, Version, Architecture, Description... */
  control: Readonly<Record<string, string>>;
  /** preinst, postinst, prerm, postrm, by name. */
  scripts: Readonly<Record<string, string>>;
  /** Those below /etc are its conffiles. */
  files: readonly DebFile[];
};

/** The whole file. */
export function packDeb({ control, scripts, files }: Deb): Buffer {
  const conffiles = files.filter(({ path }) => path.startsWith("etc/")).map(({ path }) => `/${path}\n`);
  const sums = files.flatMap((file) =>
    "content" in file ? [`${createHash("md5").update(file.content).digest("hex")}  ${file.path}\n`] : [],
  );
  const meta: DebFile[] = [
    { path: "control", content: controlText(control) },
    { path: "md5sums", content: sums.join("") },
    ...(conffiles.length > 0 ? [{ path: "conffiles", content: conffiles.join("") }] : []),
    ...Object.entries(scripts).map(([path, content]) => ({ path, content, mode: 0o755 })),
  ];
  return Buffer.concat([
    Buffer.from("!<arch>\n"),
    member("debian-binary", Buffer.from("2.0\n")),
    member("control.tar.gz", gzipSync(tar(meta))),
    member("data.tar.gz", gzipSync(tar(withFolders(files)))),
  ]);
}

/** As a stanza of a control file or of an index. */
export function controlText(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join("");
}

function member(name: string, content: Buffer): Buffer {
  const size = String(content.length).padEnd(10);
  const header = `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}${size}\x60\n`;
  return Buffer.concat([Buffer.from(header), content, Buffer.from(content.length % 2 === 1 ? "\n" : "")]);
}

type Entry = DebFile | { path: string; folder: true };

function withFolders(files: readonly DebFile[]): Entry[] {
  const folders = new Set<string>();
  for (const { path } of files) {
    const parts = path.split("/").slice(0, -1);
    parts.forEach((_, at) => {
      folders.add(`${parts.slice(0, at + 1).join("/")}/`);
    });
  }
  return [...[...folders].sort().map((path): Entry => ({ path, folder: true })), ...files];
}

const BLOCK = 512;

function tar(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = "content" in entry ? Buffer.from(entry.content) : Buffer.alloc(0);
    const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
    return [header(entry, content.length), content, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

/** As POSIX.1-1988 (ustar) has it; everything is root's. */
function header(entry: Entry, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number) => value.toString(8).padStart(length - 1, "0");
  const isFolder = "folder" in entry;
  const mode = isFolder ? 0o755 : (entry.mode ?? 0o644);
  block.write(`./${entry.path}`, 0, 100);
  block.write(octal("link" in entry ? 0o777 : mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(1_760_000_000, 12), 136);
  block.fill(" ", 148, 156);
  block.write(isFolder ? "5" : "link" in entry ? "2" : "0", 156);
  if ("link" in entry) block.write(entry.link, 157, 100);
  block.write("ustar\x0000", 257);
  block.write("root", 265);
  block.write("root", 297);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 7)}\0 `, 148);
  return block;
}
