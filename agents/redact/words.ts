/** Which of some words stand in a text, in one pass: most texts have none, and cost a look at each character. */

const HASH_BITS = 15;
const LETTERS = 3;

/** Capital letters or not. `words` have three letters at least. The result holds their indices, without an order. */
export function createWordFinder(words: readonly string[]): (text: string) => Set<number> {
  const first = new Uint8Array(1 << HASH_BITS);
  const byHash = new Map<number, number[]>();
  const lower = words.map((word) => word.toLowerCase());
  for (const [index, word] of lower.entries()) {
    const hash = hashAt(word, 0);
    first[hash] = 1;
    byHash.set(hash, [...(byHash.get(hash) ?? []), index]);
  }
  return (text) => {
    const found = new Set<number>();
    for (let at = text.length - LETTERS; at >= 0; at--) {
      const hash = hashAt(text, at);
      if (first[hash] !== 1) continue;
      for (const index of byHash.get(hash) ?? []) {
        const word = lower[index] ?? "";
        if (!found.has(index) && text.slice(at, at + word.length).toLowerCase() === word) found.add(index);
      }
    }
    return found;
  };
}

function hashAt(text: string, at: number): number {
  const a = text.charCodeAt(at) | 0x20;
  const b = text.charCodeAt(at + 1) | 0x20;
  const c = text.charCodeAt(at + 2) | 0x20;
  return (a ^ (b << 5) ^ (c << 10)) & ((1 << HASH_BITS) - 1);
}
