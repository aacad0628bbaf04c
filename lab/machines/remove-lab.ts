/** Removes the folder of a lab that has ended, with the files of users that only the lab knows. */
import { rmSync } from "node:fs";
import { startKeeper } from "./namespaces.ts";
import { labUsers } from "./users.ts";

/** Nothing happens where there is no such folder. */
export async function removeLab(directory: string): Promise<void> {
  try {
    rmSync(directory, { recursive: true, force: true });
  } catch {
    await removeAsRoot(directory); // others than the user own some of it
    rmSync(directory, { recursive: true, force: true });
  }
}

async function removeAsRoot(directory: string): Promise<void> {
  const keeper = startKeeper("remove", [directory]);
  const pid = Number(await keeper.line());
  await labUsers().map(pid);
  keeper.child.stdin.write("\n");
  await keeper.close();
}
