/** Keeps /dev of a running node as its disks are: guests' volumes come and go there. */
import { deviceFiles } from "../system/device-files.ts";
import type { ClusterClient } from "./cluster-client.ts";
import type { Machine } from "./machine.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { runIn } from "./run-in.ts";

/** PATH TARGET...: links where there is a target. */
const SCRIPT = `
rm -rf /dev/mapper /dev/pve /dev/dm-*
while [ $# -gt 0 ]; do
  mkdir -p "\${1%/*}"
  if [ -n "$2" ]; then ln -sfn -- "$2" "$1"; elif [ ! -e "$1" ]; then : >"$1"; chmod 660 "$1"; chgrp disk "$1"; fi
  shift 2
done`;

/** `machine` is undefined while it is off. */
export function createDeviceNodes(
  cluster: ClusterClient,
  machine: () => Machine | undefined,
): { sync(): Promise<void> } {
  const made = new WeakMap<Machine, string>();
  const make = async () => {
    const up = machine();
    if (!up) return;
    const words = [...deviceFiles(await cluster.hardware())].flat();
    if (made.get(up) === words.join("\n")) return;
    made.set(up, words.join("\n"));
    await runIn(up, ["/bin/sh", "-c", SCRIPT, "sh", ...words]);
  };
  return { sync: oneAtATime(make) };
}
