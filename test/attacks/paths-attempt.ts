/** One call of a file tool with one string, and what came of it. */
import { isAppError } from "../../agents/base/errors.ts";
import type { Count } from "./count.ts";
import type { Hand } from "./paths-hands.ts";
import type { World } from "./paths-world.ts";

/** Judged by what it gave away and what it left behind. Returns whether it was refused. */
export async function attempt(
  { world, hand, path }: { world: World; hand: Hand; path: string },
  count: Count,
): Promise<boolean> {
  const answer = await hand.use(path).catch((error: unknown) => {
    if (isAppError(error) || isOfTheSystem(error)) return undefined;
    throw error;
  });
  const isRead = answer?.includes(world.token);
  const harm = world.damage() ?? (isRead ? "read a secret" : undefined);
  const isRefused = answer === undefined;
  count.add(`${hand.tool} ${JSON.stringify(path.slice(0, 200))}`, { harm, isRefused });
  return isRefused;
}

/** ENOTDIR, ENAMETOOLONG and the like: the runtime tells the model. */
function isOfTheSystem(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException).code === "string";
}
