/**
 * Whether a Redis can be used after it has loaded its file. What it could not load was acknowledged and is gone; it says so
 * in its log only. And a file that a power cut has torn within a transaction keeps the beginning of it: Redis 7 and 8
 * drop the first transaction that is written behind that at the next start. So nothing is written before Redis has
 * written its file anew (BGREWRITEAOF) in this life of it.
 */

/** `wait` passes by itself; `lost` does not. */
export type Readiness = { kind: "ready" } | { kind: "wait" | "lost"; reason: string };

/** From its reply to INFO persistence stats. The errors that Redis counts there are those of loading. */
export function readinessOf(info: string): Readiness {
  const [, refused] = /^unexpected_error_replies:(\d+)/m.exec(info) ?? [];
  if (refused === undefined) {
    return {
      kind: "lost",
      reason: "this Redis does not tell whether it could load its file: use Redis 7.0 or newer",
    };
  }
  if (refused !== "0") return { kind: "lost", reason: lost(refused) };
  if (!/^aof_enabled:1/m.test(info) || isTidy(info)) return { kind: "ready" };
  return {
    kind: "wait",
    reason: "Redis has not yet written its file anew since it was started (BGREWRITEAOF)",
  };
}

function isTidy(info: string): boolean {
  const [, rewrites = "0"] = /^aof_rewrites:(\d+)/m.exec(info) ?? [];
  return (
    rewrites !== "0" &&
    /^aof_rewrite_in_progress:0/m.test(info) &&
    /^aof_last_bgrewrite_status:ok/m.test(info)
  );
}

function lost(refused: string): string {
  return `it could not load all that its file holds (${refused} commands were refused), and nothing is begun over what is left. Stop it, keep a copy of its folder records-*, and read its log: where it says NOPERM, the line of the user "default" in its ACL file must be the one that this version writes; else move the folder away and begin anew`;
}
