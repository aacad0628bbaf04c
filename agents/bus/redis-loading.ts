/** Whether a Redis could load all that its file holds: what it could not was acknowledged, is gone, and stands in its log only. */

/**
 * From its reply to INFO stats: what is wrong and what to do, or undefined. Redis counts there the errors that it could
 * tell nobody, those of loading.
 */
export function lossAtLoading(stats: string): string | undefined {
  const [, refused] = /^unexpected_error_replies:(\d+)/m.exec(stats) ?? [];
  if (refused === "0") return undefined;
  if (refused === undefined)
    return "this Redis does not tell whether it could load its file: use Redis 7.0 or newer";
  return `it could not load all that its file holds (${refused} commands were refused), and nothing is begun over what is left. Stop it, keep a copy of its folder records-*, and read its log: where it says NOPERM, the line of the user "default" in its ACL file must be the one that this version writes; else move the folder away and begin anew`;
}
