/** Which of some words stand in a text, in one pass: most texts have none, and cost a look at each character. */

const HASH_BITS = 15;
const LETTERS = 3;

/** Capital letters or not. `words` have three letters at least. The result holds their indices, without an order. */
export function createWordFinder(words: readonly string[]): (text: string) => Set<number> {
  const first = new Uint8Array(1 << HASH_BITS);
  const byHash = new Map<number, number[]>();
  const lower = words.map((word) => word.toLowerCase());
  for (const [index, word] of lower.entries()) {
    const [a = 0, b = 0, c = 0] = Array.from(word.slice(0, LETTERS), (letter) => letter.charCodeAt(0) | 0x20);
    const hash = hashOf(a, b, c);
    first[hash] = 1;
    byHash.set(hash, [...(byHash.get(hash) ?? []), index]);
  }
  return (text) => {
    const found = new Set<number>();
    let [second, third] = [0, 0];
    for (let at = text.length - 1; at >= 0; at--) {
      const letter = text.charCodeAt(at) | 0x20;
      const hash = hashOf(letter, second, third);
      third = second;
      second = letter;
      if (first[hash] !== 1) continue;
      for (const index of byHash.get(hash) ?? []) {
        const word = lower[index] ?? "";
        if (!found.has(index) && text.slice(at, at + word.length).toLowerCase() === word) found.add(index);
      }
    }
    return found;
  };
}

function hashOf(a: number, b: number, c: number): number {
  return (a ^ (b << 5) ^ (c << 10)) & ((1 << HASH_BITS) - 1);
}
