/** Tasks: lists, states and logs. */
import { AppError } from "../../../agents/base/errors.ts";
import { userOf } from "../../cluster/access.ts";
import { badParameter } from "../../cluster/options.ts";
import type { Json, Row, Task } from "../../cluster/state.ts";
import { isGood, upidParts } from "../../cluster/tasks.ts";
import { type Call, type Handlers, has, isOn, may, read, require, text, write } from "../call.ts";

const BASE = "/nodes/{node}/tasks";

export const taskRoutes: Handlers = {
  "GET /cluster/tasks": read((call) =>
    call.state.tasks
      .toReversed()
      .filter((task) => isSeen(call, task))
      .slice(0, 100)
      .map(row),
  ),
  [`GET ${BASE}`]: read((call) => listed(call)),
  [`GET ${BASE}/{upid}`]: read(() => [{ name: "log" }, { name: "status" }]),
  [`GET ${BASE}/{upid}/status`]: read((call) => {
    const task = taskAt(call);
    const state: Row =
      task.endTime === null ? { status: "running" } : { status: "stopped", exitstatus: task.exitStatus };
    return {
      ...upidParts(task),
      ...(task.user.includes("!") ? { tokenid: task.user.split("!")[1] ?? "" } : {}),
      ...state,
      user: task.user,
    };
  }),
  [`GET ${BASE}/{upid}/log`]: read((call) => {
    const { log } = taskAt(call);
    const lines = log.length > 0 ? log : ["no content"];
    const start = Number(call.params["start"] ?? 0);
    const limit = Number(call.params["limit"] ?? 50) || lines.length;
    return lines.slice(start, start + limit).map((t, at) => ({ n: start + at + 1, t }));
  }),
  [`DELETE ${BASE}/{upid}`]: write((call) => {
    const task = taskAt(call);
    if (task.rest)
      task.rest = {
        ...task.rest,
        dueAt: call.now,
        params: { ...task.rest.params, "!exitstatus": "unexpected status", "!effect": "before" },
      };
    return null;
  }),
};

function taskAt(call: Call): Task {
  const upid = text(call, "upid");
  if (!/^UPID:[^:]+:[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:[^:]+:/i.test(upid))
    throw badParameter("upid", `unable to parse worker upid '${upid.slice(0, 200)}'`);
  const task = call.state.tasks.find((candidate) => candidate.upid === upid);
  if (!task) throw new AppError("not_found", "no such task");
  if (!isOwn(call, task)) require(call, `/nodes/${task.node}`, "Sys.Audit");
  return task;
}

function isOwn(call: Call, task: Task): boolean {
  return task.user === call.user || userOf(task.user) === call.user;
}

function isSeen(call: Call, task: Task): boolean {
  return isOwn(call, task) || may(call, `/nodes/${task.node}`, "Sys.Audit");
}

function listed(call: Call): Json {
  const { vmid, since, until } = call.params;
  const source = text(call, "source") || "archive";
  const fitting = call.state.tasks
    .toReversed()
    .filter(
      (task) =>
        task.node === call.params["node"] &&
        isSeen(call, task) &&
        (source === "all" || (source === "active") === (task.endTime === null)) &&
        (vmid === undefined || task.id === String(vmid)) &&
        (!has(call, "typefilter") || task.type === call.params["typefilter"]) &&
        (!has(call, "userfilter") || task.user.includes(text(call, "userfilter"))) &&
        (!isOn(call, "errors") || (task.endTime !== null && !isGood(task.exitStatus))) &&
        (since === undefined || task.startTime >= Number(since)) &&
        (until === undefined || task.startTime <= Number(until)),
    );
  const start = Number(call.params["start"] ?? 0);
  return fitting.slice(start, start + Number(call.params["limit"] ?? 50)).map(row);
}

export function row(task: Task): Row {
  const ended: Row = task.endTime === null ? {} : { endtime: task.endTime, status: task.exitStatus };
  return { ...upidParts(task), ...ended };
}
