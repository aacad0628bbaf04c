/** One call of the API by a tool on a node: as root, waiting for the task that it starts, which prints its log. */

import { AppError } from "../../../agents/base/errors.ts";
import { parseParameters } from "../../api/parameters.ts";
import { type ApiRequest, perform } from "../../api/perform.ts";
import { named } from "../named.ts";
import { type CommandOutcome, failed, succeeded } from "../outcome.ts";
import { ParameterError, StatusError } from "../parameter-error.ts";
import type { Json } from "../state.ts";
import { isGood } from "../tasks.ts";
import type { Given, RouteCommand } from "./command.ts";
import { FORMAT_OPTIONS } from "./print-result.ts";
import type { Run } from "./run.ts";

export function callRoute(command: RouteCommand, given: Given, run: Run): CommandOutcome {
  const options: Given = { ...given, ...command.fixed };
  const own = parseParameters(command.own ?? "").map(({ name }) => name);
  const isSent = ([name]: [string, string]) => !own.includes(name);
  const data = ask(run, command.route, Object.fromEntries(Object.entries(options).filter(isSent)));
  const task = endOf(run, data);
  if (task && task.exitCode !== 0) return task;
  const printed = command.print?.(data, options, run) ?? "";
  return typeof printed === "string" ? succeeded(printed + (task?.stdout ?? "")) : printed;
}

/** The answer of a route to parameters by name. AppError, ParameterError as the route says. */
export function ask(run: Run, route: string, given: Given): Json {
  const [method = "", path = ""] = route.split(" ");
  const rest: Record<string, string> = { node: run.node, ...given };
  const inPath = (segment: string) => /^\{([\w-]+)\}$/.exec(segment)?.[1];
  const segments = path
    .split("/")
    .filter(Boolean)
    .map((segment) => rest[inPath(segment) ?? ""] ?? segment);
  const hidden = [
    ...path.split("/").flatMap((segment) => inPath(segment) ?? []),
    ...FORMAT_OPTIONS.values,
    ...FORMAT_OPTIONS.flags,
  ];
  const known = run.api.table.get(route)?.parameters.some(({ name }) => name === "node");
  for (const name of known ? hidden : [...hidden, "node"]) delete rest[name];
  return request(run, { method, segments, given: withFiles(rest, run) });
}

/** As root. AppError `not_found` for what is not there, ParameterError for bad parameters, `conflict` for the rest. */
export function request(run: Run, asked: Pick<ApiRequest, "method" | "segments" | "given">): Json {
  const reply = perform(run.api, { ...asked, user: "root@pam", isCommand: true, said: run.said ?? [] });
  if (reply.errors) throw new ParameterError(reply.errors);
  if (reply.status === 501) throw new StatusError(501, reply.message ?? "", "conflict");
  if (reply.status !== 200)
    throw new AppError(reply.isMissing ? "not_found" : "conflict", reply.message ?? `status ${reply.status}`);
  return reply.data;
}

/** What is a file for the tool and its content for the API. */
function withFiles(given: Record<string, string>, { files = {} }: Run): Record<string, string> {
  const text = (name: string) => named(files, given[name] ?? "")?.text;
  const keys = text("sshkeys");
  const lines = text("ssh-public-keys");
  return {
    ...given,
    ...(keys === undefined ? {} : { sshkeys: encodeURIComponent(keys) }),
    ...(lines === undefined ? {} : { "ssh-public-keys": lines }),
  };
}

/** What a task printed and how it ended; undefined for an answer that is none. */
export function endOf(run: Run, answer: Json): CommandOutcome | undefined {
  const task = run.api.store.state().tasks.find(({ upid }) => upid === answer);
  if (!task) return undefined;
  const log = task.log
    .slice(0, -1)
    .map((line) => `${line}\n`)
    .join("");
  if (isGood(task.exitStatus)) return succeeded(log);
  return { ...failed(255, task.exitStatus || "got timeout"), stdout: log };
}
