/** The task log: every change has a UPID, by which people and the API find it again. */
import type { ClusterState, Task } from "./state.ts";

const KEPT_TASKS = 200;

/** Adds a finished task to the draft. `now` in milliseconds since the epoch. */
export function recordTask(
  draft: ClusterState,
  done: { node: string; type: string; id: string; now: number },
): Task {
  const { node, type, id } = done;
  const startTime = Math.floor(done.now / 1000);
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, "0");
  const pid = 100_000 + (draft.revision % 800_000);
  const upid = `UPID:${node}:${hex(pid)}:${hex(draft.revision)}:${hex(startTime)}:${type}:${id}:root@pam:`;
  const task = { upid, node, type, id, startTime, exitStatus: "OK" };
  draft.tasks = [...draft.tasks, task].slice(-KEPT_TASKS);
  return task;
}
