/** Counts what passed and failed, and says it the way that people and CI read: `N passed, N failed`. */

export type Tally = { passed: number; failed: number };

export const PASSED: Tally = { passed: 1, failed: 0 };
export const FAILED: Tally = { passed: 0, failed: 1 };

export function add(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed };
}

/** Prints the last line; the result is the exit code. Nothing that passed is a failure too. */
export function conclude(total: Tally): number {
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

/** The sum that `conclude` printed; nothing when the line is another one. */
export function readSum(line: string): Tally | undefined {
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/.exec(line) ?? [];
  return passed === undefined ? undefined : { passed: Number(passed), failed: Number(failed) };
}
