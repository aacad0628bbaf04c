/**
 * The agent's end of the line to the harness: at the armed point it says so and stands still, all of it, until it is
 * told to go on. Synchronous on purpose: nothing else of the agent moves, as if the fault had hit right there.
 */
import { readSync, writeSync } from "node:fs";
import type { Failpoint } from "./failpoints.ts";
import type { Armed } from "./orders.ts";

const FROM_HARNESS = 3;
const TO_HARNESS = 4;

export class Gate {
  readonly #armed: Armed | undefined;
  #passes = 0;

  constructor(armed: Armed | undefined) {
    this.#armed = armed;
  }

  reach(point: Failpoint): void {
    if (point !== this.#armed?.point || ++this.#passes !== this.#armed.nth) return;
    writeSync(TO_HARNESS, "hit\n");
    readLine();
  }

  /** The points before and after an asynchronous act. */
  async around<T>(seam: string, act: () => Promise<T>): Promise<T> {
    this.reach(`${seam}.before`);
    const result = await act();
    this.reach(`${seam}.after`);
    return result;
  }
}

/** Waits for a line of the harness; when that has gone, so does this process. */
export function readLine(): string {
  const byte = Buffer.alloc(1);
  const bytes: number[] = [];
  while (readSync(FROM_HARNESS, byte, 0, 1, null) === 1) {
    if (byte[0] === 0x0a) return Buffer.from(bytes).toString();
    bytes.push(byte[0] ?? 0);
  }
  process.exit(1);
}
