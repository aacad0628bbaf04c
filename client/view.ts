/** Where entries are shown: on a terminal (terminal-view.ts) or, here, as plain lines in a pipe. */
import type { Entry } from "./entry.ts";
import { clock, renderPlain } from "./render.ts";

export interface View {
  show(entry: Entry): void;
  /** What stands below the conversation has changed. */
  refresh(): void;
  /** Everything is written, and the terminal is as it was. Idempotent. */
  close(): void;
}

export type Output = {
  write(text: string): boolean;
  once(event: "drain", listener: () => void): unknown;
  /** Undefined or 0 where it is not known. */
  columns?: number;
  rows?: number;
};

export function createPlainView(output: Output): View {
  return {
    show: (entry) => void output.write(renderPlain(entry, clock(new Date(entry.timestamp)))),
    refresh: () => {},
    close: () => {},
  };
}
