/** `./minilab guest-key`: the public half of the team's key for guests; `--rotate` makes another pair. */
import { readEnv } from "../agents/base/config.ts";
import { AppError } from "../agents/base/errors.ts";
import { guestKeyFile, keepGuestKey, rotateGuestKey } from "./team/guest-key.ts";
import { PROJECT_DIR } from "./team/project.ts";
import { runningAccess } from "./team/running-team.ts";

/** Prints one line, as in authorized_keys. AppError `conflict` while a team runs, which has to hide the key that it uses. */
export async function guestKey(args: string[]): Promise<number> {
  const [option, ...rest] = args;
  if ((option !== undefined && option !== "--rotate") || rest.length > 0)
    throw new AppError("bad_arguments", "guest-key [--rotate]");
  const file = guestKeyFile(readEnv(process.env, PROJECT_DIR));
  if (option === undefined) {
    console.log(keepGuestKey(file));
    return 0;
  }
  if ((await runningAccess()) !== undefined)
    throw new AppError("conflict", "a team runs here and uses this key: end it, then rotate");
  console.log(rotateGuestKey(file));
  process.stderr.write("minilab: guests that have the earlier key need this one in their authorized_keys\n");
  return 0;
}
