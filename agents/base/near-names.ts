/** Which known names somebody may have meant who typed another one. Pure. */

/** Those that differ by two letters at most, or begin alike; the order is that of `names`. */
export function nearNames(typed: string, names: readonly string[]): string[] {
  return names.filter((name) => isNear(typed, name));
}

/** One beginning with the other counts from three letters on: a shorter one begins too much. */
function isNear(typed: string, name: string): boolean {
  if (typed.length > 2 && (name.startsWith(typed) || typed.startsWith(name))) return true;
  return Math.abs(typed.length - name.length) <= 2 && editDistance(typed, name) <= 2;
}

/** Letters to add, drop or change (Levenshtein), row by row. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column++) {
      const change = (row[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1);
      next.push(Math.min(change, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
