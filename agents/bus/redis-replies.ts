/** What replies and errors of Redis mean: what passes is waited for, what is refused is not. It knows no connection. */
import { AppError, describeError } from "../base/errors.ts";

/** Errors of single commands surface as one error of the batch. */
export function results(replies: [error: Error | null, result: unknown][] | null): unknown[] {
  return (replies ?? []).map(([error, result]) => {
    if (error) throw asAppError(error);
    return result;
  });
}

/** HGETALL is a flat list of names and values. */
export function pairsOf(reply: unknown): [name: string, value: string][] {
  const flat = (reply ?? []) as string[];
  return flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ""] as [string, string]] : []));
}

/** What the library throws, as an AppError. */
export async function refusingErrors<T>(pending: Promise<T>): Promise<T> {
  try {
    return await pending;
  } catch (error) {
    throw asAppError(error);
  }
}

/** Error codes of Redis (the first word of its reply) for what passes: full memory, a full disk, loading, a busy server. */
const PASSING = new Set([
  "OOM",
  "MISCONF",
  "LOADING",
  "BUSY",
  "READONLY",
  "MASTERDOWN",
  "NOREPLICAS",
  "TRYAGAIN",
]);

/** A refusal by a running Redis (wrong password, no permission) is not "away": waiting does not mend it. */
export function asAppError(error: unknown): AppError {
  const isRefusal =
    error instanceof Error &&
    error.name === "ReplyError" &&
    !PASSING.has(error.message.split(" ", 1)[0] ?? "");
  return new AppError(isRefusal ? "bad_config" : "unavailable", `Redis: ${describeError(error)}`, {
    cause: error,
  });
}
