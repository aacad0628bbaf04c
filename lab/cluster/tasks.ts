/** The task log: every change has a UPID, by which people and the API find it again. */
import type { ClusterState, Row, Task } from "./state.ts";

const KEPT_TASKS = 500;

export type NewTask = { node: string; type: string; id: string; user: string; now: number };

/** Adds a task to the draft that is running still. `now` in milliseconds since the epoch. */
export function beginTask(draft: ClusterState, asked: NewTask & { rest?: Task["rest"] }): Task {
  const { node, type, id, user, rest } = asked;
  const startTime = Math.floor(asked.now / 1000);
  const pid = 100_000 + ((draft.revision * 7 + draft.tasks.length) % 800_000);
  const pstart = Math.max(0, Math.floor((asked.now - Date.parse(draft.bootedAt)) / 10)) + draft.revision;
  const upid = `UPID:${node}:${hex(pid)}:${hex(pstart)}:${hex(startTime)}:${type}:${id}:${user}:`;
  const task: Task = { upid, node, type, id, user, startTime, endTime: null, exitStatus: "", log: [] };
  if (rest) task.rest = rest;
  draft.tasks = [...draft.tasks, task].slice(-KEPT_TASKS);
  return task;
}

/** Adds a finished task to the draft. */
export function recordTask(draft: ClusterState, done: Omit<NewTask, "user"> & { user?: string }): Task {
  const task = beginTask(draft, { user: "root@pam", ...done });
  return endTask(task, { now: done.now, exitStatus: "OK", log: "" });
}

/** `log`: lines, the way the tool prints them. */
export function endTask(task: Task, end: { now: number; exitStatus: string; log: string }): Task {
  task.endTime = Math.floor(end.now / 1000);
  task.exitStatus = end.exitStatus;
  const last = isGood(end.exitStatus) ? `TASK ${end.exitStatus}` : `TASK ERROR: ${end.exitStatus}`;
  task.log.push(...end.log.split("\n").filter(Boolean), last);
  delete task.rest;
  return task;
}

export function isGood(exitStatus: string): boolean {
  return exitStatus === "OK" || exitStatus.startsWith("WARNINGS: ");
}

/** As `GET /nodes/{node}/tasks/{upid}/status` shows it, without its state. */
export function upidParts(task: Task): Row {
  const [, node = "", pid = "", pstart = ""] = task.upid.split(":");
  const { upid, type, id, user, startTime } = task;
  return {
    upid,
    node,
    pid: Number.parseInt(pid, 16),
    pstart: Number.parseInt(pstart, 16),
    starttime: startTime,
    type,
    id,
    user,
  };
}

function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, "0");
}
