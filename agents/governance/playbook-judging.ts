/** What the judges of a playbook's tasks are given, and what they find. */
import type { ChangeRow } from "./change.ts";
import type { Target } from "./playbook-scope.ts";

export type Judging = {
  target: Target;
  /** All texts that a template may become; undefined when they are not known. */
  expand(text: string): string[] | undefined;
};

/** Wherever it is carried out. */
export type RowOfTask = Omit<ChangeRow, "where">;
