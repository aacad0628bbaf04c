/** What a virtual machine's cloud-init drive tells it: files of the node that `cicustom` names, or its settings. */
import { closeSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterState, Guest } from "../cluster/state.ts";
import { nodeOf, pathOf } from "../cluster/storage.ts";
import { openWithin } from "../machines/open-within.ts";
import { readUserData, type UserData, userDataOf } from "./user-data.ts";

const MAX_BYTES = 128 * 1024;

/** `directory` is the lab's, in which each node's folder is. Without a drive it is what the image does by itself. */
export function cloudData(state: ClusterState, guest: Guest, directory: string): UserData {
  const { config } = guest;
  const name = config["name"] ?? `VM${guest.vmid}`;
  const hasDrive = Object.values(config).some((value) => /(?:^|[:/])(?:vm-\d+-)?cloudinit/.test(value));
  if (!hasDrive) return userDataOf({}, name);
  const files = new Map(
    (config["cicustom"] ?? "").split(",").map((part) => part.split("=", 2) as [string, string]),
  );
  const problems = [...files.keys()]
    .filter((key) => ["meta", "network"].includes(key))
    .map((key) => `'${key}=' of cicustom is not simulated`);
  const [user, vendor] = ["user", "vendor"].map((key) => {
    const id = files.get(key);
    return id === undefined ? undefined : snippet(state, guest, { id, directory });
  });
  const own = user ?? userDataOf(config, name);
  const more = vendor?.config;
  const merged = more && {
    ...own.config,
    packages: [...own.config.packages, ...more.packages],
    runcmd: own.config.runcmd.length > 0 ? own.config.runcmd : more.runcmd,
    write_files: own.config.write_files.length > 0 ? own.config.write_files : more.write_files,
    ssh_pwauth: own.config.ssh_pwauth ?? more.ssh_pwauth,
  };
  return {
    config: merged ?? own.config,
    problems: [...problems, ...own.problems, ...(vendor?.problems ?? [])],
  };
}

type Snippet = { id: string; directory: string };

function snippet(state: ClusterState, { node }: Guest, { id, directory }: Snippet): UserData {
  const [store = "", name = ""] = id.split(":", 2);
  const place = nodeOf(state, node).storages.find((storage) => storage.name === store);
  const path = place && pathOf(place, { name, content: "snippets" });
  const text = path && readWithin(join(directory, node, "root"), path);
  if (text !== undefined && text !== "") return readUserData(text);
  return { ...readUserData("#cloud-config\n"), problems: [`the snippet '${id}' could not be read`] };
}

function readWithin(root: string, path: string): string | undefined {
  const file = openWithin(root, path);
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, "utf8").slice(0, MAX_BYTES);
  } catch {
    return undefined; // a folder
  } finally {
    closeSync(file);
  }
}
