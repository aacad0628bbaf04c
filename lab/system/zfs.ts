/** ZFS on a node: an installation on LVM has only its tools. */
import { type CommandOutcome, failed, NOT_SIMULATED, notSimulated, succeeded } from "../cluster/outcome.ts";
import type { Asked } from "./stand-in.ts";

export function zfs({ program, words }: Asked): CommandOutcome {
  const [verb = "", ...rest] = words;
  const named = rest.filter((word) => !word.startsWith("-"));
  if (verb === "version" || verb === "--version" || verb === "-V")
    return succeeded("zfs-2.3.4-pve1\nzfs-kmod-2.3.4-pve1\n");
  if (program === "zpool" && ["status", "list", "import"].includes(verb)) {
    if (named[0] !== undefined && verb !== "import")
      return failed(1, `cannot open '${named[0]}': no such pool`);
    return verb === "import" ? failed(1, "no pools available to import") : succeeded("no pools available\n");
  }
  if (program === "zfs" && verb === "list")
    return named[0] === undefined
      ? succeeded("", "no datasets available\n")
      : failed(1, `cannot open '${named[0]}': dataset does not exist`);
  return notSimulated([program, ...words].join(" "), NOT_SIMULATED);
}
