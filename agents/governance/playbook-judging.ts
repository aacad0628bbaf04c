/** What the judges of a playbook's tasks are given, and what they find. */
import type { ChangeRow } from "./change.ts";
import type { Target } from "./playbook-scope.ts";

export type Judging = {
  target: Target;
  /** All texts that a template may become; undefined when they are not known. */
  expand(text: string): string[] | undefined;
  /** The text of a file of the team that is sent to the hosts, or undefined. */
  sent(file: string): string | undefined;
  isChecked: boolean;
};

/** Wherever it is carried out. */
export type RowOfTask = Omit<ChangeRow, "where">;
