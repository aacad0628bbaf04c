/** A program: exchanges plain files and folders with links to a secret, as fast as it can, until it is killed or five minutes have passed. */
import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [place = "", secret = "", folderOutside = ""] = process.argv.slice(2);
const at = (name: string) => join(place, name);

/** The tools are at work here as well: what cannot be done now is done in the next round. */
function tryTo(act: () => void): void {
  try {
    act();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

function exchange(name: string, make: (file: string) => void): void {
  tryTo(() => {
    make(at(`.${name}`));
    renameSync(at(`.${name}`), at(name));
  });
}

function exchangeFolder(): void {
  tryTo(() => renameSync(at("folder"), at(".aside")));
  tryTo(() => symlinkSync(folderOutside, at("folder")));
  tryTo(() => rmSync(at("folder"), { recursive: true, force: true }));
  tryTo(() => mkdirSync(at("folder")));
  tryTo(() => writeFileSync(at("folder/secret"), "ordinary\n"));
  tryTo(() => rmSync(at(".aside"), { recursive: true, force: true }));
}

/** Whatever becomes of who started it. */
const ENDS_AT_MS = Date.now() + 300_000;

for (let round = 0; Date.now() < ENDS_AT_MS; round++) {
  exchange("file", (file) => symlinkSync(secret, file));
  exchange("file", (file) => writeFileSync(file, "ordinary\n"));
  exchange("hard", (file) => linkSync(secret, file));
  exchange("hard", (file) => writeFileSync(file, "ordinary\n"));
  exchangeFolder();
  if (round === 0) process.stdout.write("begun\n");
}
