/** Programs that `./minilab` has brought into the project, as commands find them: before the system's own. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { SYSTEM_PATH } from "./command-runner.ts";

/** `programs` is for the sandbox, `systemPath` for the runner; without a folder they are those of the system. */
export function broughtPrograms(folder: string | undefined): { programs: string[]; systemPath: string } {
  if (!folder) return { programs: [], systemPath: SYSTEM_PATH };
  const brought = ["ansible/bin", "terraform"]
    .map((name) => join(folder, name))
    .filter((at) => existsSync(at));
  return {
    programs: brought.length > 0 ? [folder] : [],
    systemPath: [...brought, SYSTEM_PATH].join(":"),
  };
}
