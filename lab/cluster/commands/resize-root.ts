/** `resize2fs` on the root of a node. */
import { type CommandOutcome, NOT_SIMULATED, notSimulated, succeeded } from "../outcome.ts";
import type { ClusterNode } from "../state.ts";
import { nodeOf } from "../storage.ts";
import { fileSystemBytes, rootVolumeBytes } from "../volume-group.ts";
import type { Run } from "./run.ts";

/** The file system of the root is as large as its volume allows. */
export function growRoot(run: Run, words: readonly string[]): CommandOutcome {
  if (words.length !== 1 || !/^\/dev\/(?:mapper\/pve-root|pve\/root)$/.test(words[0] ?? ""))
    return notSimulated(`resize2fs ${words.join(" ")}`, NOT_SIMULATED);
  const head = "resize2fs 1.47.2 (1-Jan-2025)\n";
  const node = nodeOf(run.api.store.state(), run.node);
  const blocks = Math.floor(rootVolumeBytes(node) / 4096);
  const grown = fileSystemBytes(rootVolumeBytes(node));
  if (node.rootVolumeBytes === undefined || grown === rootOf(node)?.totalBytes)
    return succeeded(`The filesystem is already ${blocks} (4k) blocks long.  Nothing to do!\n\n`, head);
  run.api.store.change((draft) => {
    const storage = rootOf(nodeOf(draft, run.node));
    if (storage) storage.totalBytes = grown;
  });
  return succeeded(
    `Filesystem at ${words[0]} is mounted on /; on-line resizing required\nold_desc_blocks = 5, new_desc_blocks = 5\n` +
      `The filesystem on ${words[0]} is now ${blocks} (4k) blocks long.\n\n`,
    head,
  );
}

/** The storage on the root's file system. */
function rootOf({ storages }: ClusterNode) {
  return storages.find(({ type }) => type === "dir");
}
