/**
 * Tasks take their time: what a route does at once, and what it does when the task is over, both on the store's
 * state, so that a task outlives a restart. Nobody waits here: whoever looks at the state settles what is due first.
 */
import { AppError } from "../../agents/base/errors.ts";
import type { Row, Task } from "../cluster/state.ts";
import type { Store } from "../cluster/store.ts";
import { beginTask, endTask } from "../cluster/tasks.ts";
import type { Call, Handler, Settings } from "./call.ts";
import type { Faults } from "./faults.ts";
import type { Table } from "./table.ts";

export type Engine = { store: Store; table: Table; settings: Settings; faults: Faults };

type TaskHandler = Extract<Handler, { kind: "task" }>;
type Asked = { route: string; params: Row; user: string };

const NEVER = Number.MAX_SAFE_INTEGER;

/** Starts a task and returns its UPID; what its route refuses at once passes through. Nobody waits for one that is awaited. */
export function startTask(
  engine: Engine,
  handler: TaskHandler,
  asked: Asked & { isAwaited?: boolean },
): string {
  const { store, settings, faults } = engine;
  const now = store.now();
  const fault = faults.strike(`task ${handler.task}`);
  const usual = settings.durations[handler.task] ?? settings.durations["default"] ?? 0;
  const duration = asked.isAwaited ? 0 : usual + (fault?.delay ?? 0);
  const dueAt = fault?.stuck ? NEVER : now + duration;
  const params = {
    ...asked.params,
    ...(fault?.exitstatus ? { "!exitstatus": fault.exitstatus, "!effect": fault.effect } : {}),
  };
  const { upid } = store.change((draft) => {
    handler.begin?.(callOf(engine, draft, { ...asked, now }));
    const node = String(asked.params["node"] ?? draft.nodes[0]?.name ?? "");
    const rest = { dueAt, route: asked.route, params };
    return beginTask(draft, {
      node,
      type: handler.task,
      id: handler.id(asked.params),
      user: asked.user,
      now,
      rest,
    });
  });
  settle(engine);
  return upid;
}

/** Ends every task whose time is over, in the order of their ends. */
export function settle(engine: Engine): void {
  const now = engine.store.now();
  for (;;) {
    const due = engine.store.state().tasks.filter(({ rest }) => rest !== undefined && rest.dueAt <= now);
    const [next] = due.sort((one, other) => (one.rest?.dueAt ?? 0) - (other.rest?.dueAt ?? 0));
    if (!next) return;
    finish(engine, next);
  }
}

function finish(engine: Engine, task: Task): void {
  const { store } = engine;
  const { dueAt = 0, params = {}, route = "" } = task.rest ?? {};
  const { "!exitstatus": exitStatus, "!effect": effect, ...asked } = params;
  if (exitStatus !== undefined && effect !== "after") {
    fail(engine, task, String(exitStatus));
    return;
  }
  try {
    store.change((draft) => {
      const log = handlerOf(engine, task).run(
        callOf(engine, draft, { route, params: asked, user: task.user, now: dueAt }),
      );
      const own = draft.tasks.find(({ upid }) => upid === task.upid);
      const warnings = log.split("\n").filter((line) => line.startsWith("WARN:")).length;
      const good = warnings > 0 ? `WARNINGS: ${warnings}` : "OK";
      if (own)
        endTask(own, { now: dueAt, exitStatus: exitStatus === undefined ? good : String(exitStatus), log });
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    fail(engine, task, error.message, typeof error.cause === "string" ? error.cause : "");
  }
}

/** `log`: what it had printed. */
function fail(engine: Engine, task: Task, ...[exitStatus, log = ""]: [string, string?]): void {
  engine.store.change((draft) => {
    const { route = "", params = {} } = task.rest ?? {};
    const now = Math.min(engine.store.now(), task.rest?.dueAt ?? 0);
    handlerOf(engine, task).undo?.(callOf(engine, draft, { route, params, user: task.user, now }));
    const own = draft.tasks.find(({ upid }) => upid === task.upid);
    if (own) endTask(own, { now, exitStatus: exitStatus.trim(), log });
  });
}

function handlerOf({ table }: Engine, task: Task): TaskHandler {
  const handler = table.get(task.rest?.route ?? "")?.handler;
  if (handler?.kind === "task") return handler;
  throw new TypeError(`a task without a route: ${task.upid}`);
}

function callOf(engine: Engine, state: Call["state"], asked: Asked & { now: number }): Call {
  const { params, user, now } = asked;
  return { state, params, user, now, settings: engine.settings, say: () => {} };
}
