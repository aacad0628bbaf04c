/** The files of a lane: two project folders with one workspace, and what the effects of tasks write into it and on a node. */
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeWorkspace } from "../../../launcher/team/missing-parts.ts";
import { PROJECT_DIR } from "../../../launcher/team/project.ts";
import { moduleText, NODE, PLAYBOOK_TEXT, type Task } from "./tasks.ts";

/** What replicas have in common; the rest of a project folder is each one's own, as in containers. */
const SHARED = ["generated_iac", "docs", "prompts", "tmp/app"];

export class LaneFiles {
  readonly #first: string;
  readonly #nodeHome: string;

  /** Makes the project folders `first` and `second` in `directory`. */
  constructor(directory: string, labDirectory: string) {
    this.#first = join(directory, "first");
    this.#nodeHome = join(labDirectory, NODE, "root/root");
    makeWorkspace(this.#first);
    writeFileSync(join(this.#first, "generated_iac/config/chaos.yml"), PLAYBOOK_TEXT);
    cpSync(join(PROJECT_DIR, "prompts"), join(this.#first, "prompts"), { recursive: true });
    const second = join(directory, "second");
    mkdirSync(join(second, "tmp"), { recursive: true });
    for (const name of SHARED) symlinkSync(join(this.#first, name), join(second, name));
  }

  prepare(task: Task): void {
    if (task.tools !== "terraform") return;
    const module = join(this.#first, "generated_iac/infra", task.id);
    mkdirSync(module, { recursive: true });
    writeFileSync(join(module, "main.tf"), moduleText(task));
  }

  /** The lines that effects of this task have written, here and on the node. */
  effects({ id }: Task): string[] {
    const lines = this.#places("effects.log").flatMap((file) =>
      existsSync(file) ? readFileSync(file, "utf8").split("\n") : [],
    );
    return lines.filter((line) => line.startsWith(`${id}-`));
  }

  /** A held effect may end. */
  free({ id }: Task): void {
    for (const file of this.#places(`free-${id}`)) writeFileSync(file, "");
  }

  #places(name: string): string[] {
    return [join(this.#first, "tmp/app", name), join(this.#nodeHome, name)];
  }
}
