/** Lists of words as they stand in the tables of risks: `word`, `begins*`, `*ends`. */

export type IsListed = (word: string) => boolean;

/** The words of a list have a space between each two. */
export function wordList(list: string): IsListed {
  const words = list.split(" ").filter(Boolean);
  const whole = new Set(words.filter((word) => !word.includes("*")));
  const begins = words.filter((word) => word.endsWith("*")).map((word) => word.slice(0, -1));
  const ends = words.filter((word) => word.startsWith("*")).map((word) => word.slice(1));
  return (word) =>
    whole.has(word) ||
    begins.some((begin) => word.startsWith(begin)) ||
    ends.some((end) => word.endsWith(end) && word.length > end.length);
}
