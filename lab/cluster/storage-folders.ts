/** Which file below the folder of a storage is which volume: PVE/Storage/Plugin.pm. It looks at no disk. */
import type { ContentType, Storage, Volume } from "./state.ts";

export type Folder = {
  content: ContentType;
  /** Below the storage's own. */
  folder: string;
  /** Its first group is the format, where `format` does not tell it. */
  name: RegExp;
  format(found: string): string;
};

export const FOLDERS: readonly Folder[] = [
  { content: "iso", folder: "template/iso", name: /\.(iso|img)$/i, format: () => "iso" },
  {
    ...{ content: "vztmpl", folder: "template/cache", name: /\.tar\.(gz|xz|zst|bz2)$/i },
    format: (found) => `t${found}`,
  },
  {
    ...{ content: "backup", folder: "dump", name: /\.(tgz|(?:tar|vma)(?:\.(?:gz|lzo|zst|bz2))?)$/ },
    format: (found) => found,
  },
  {
    ...{ content: "import", folder: "import", name: /\.(ova|ovf|qcow2|raw|vmdk)$/i },
    format: (found) => found.toLowerCase(),
  },
  { content: "snippets", folder: "snippets", name: /()/, format: () => "snippet" },
];

/** Of disk images, a container's too, `images`; `private` is made only. */
export function folderOf(content: ContentType): string {
  if (content === "rootdir") return "private";
  return FOLDERS.find((one) => one.content === content)?.folder ?? content;
}

export function basePath({ name, options }: Storage): string {
  return String(options["path"] ?? `/mnt/pve/${name}`);
}

export function filePath(storage: Storage, volume: { name: string; content: ContentType }): string {
  const bare = volume.name.replace(/^(?:iso|vztmpl|backup|import|snippets)\//, "");
  const folder = volume.content === "rootdir" ? "images" : folderOf(volume.content);
  return `${basePath(storage)}/${folder}/${bare}`;
}

/** What a file of this name is in a folder of the storage, whether or not that lists such; undefined for any other. */
export function volumeOfFile(
  storage: Storage,
  path: string,
): Pick<Volume, "name" | "vmid" | "content" | "format"> | undefined {
  const at = path.lastIndexOf("/");
  const [place, bare] = [path.slice(0, at), path.slice(at + 1)];
  for (const { content, folder, name, format } of FOLDERS) {
    const found = name.exec(bare);
    if (!found || place !== `${basePath(storage)}/${folder}`) continue;
    const vmid = content === "backup" ? Number(/^vzdump-(?:qemu|lxc)-(\d{1,9})-/.exec(bare)?.[1] ?? 0) : 0;
    return { name: `${content}/${bare}`, vmid, content, format: format(found[1] ?? "") };
  }
  return undefined;
}
