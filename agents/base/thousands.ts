/**
 * `1,234,567`: a count as people read it. Not by toLocaleString, which loads the tables of all languages at its first use:
 * 12 ms of CPU in each process.
 */
export function thousands(count: number): string {
  if (count < 1_000) return String(count);
  return `${thousands(Math.floor(count / 1_000))},${String(count % 1_000).padStart(3, "0")}`;
}
