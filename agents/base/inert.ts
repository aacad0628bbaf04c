/** Which characters could act on the terminal of whoever reads a text, and how they stand in JSON instead. */

/**
 * Control, format (bidirectional, zero-width, tag), invisible, private and unassigned characters, and marks that pile up
 * on one letter. Line feed and tab are not among them, nor emoji variation selectors.
 */
export const ACTIVE: RegExp =
  /[[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[\n\t\ufe0e\ufe0f]]|(?<=\p{M}{4})\p{M}/gv;

/** The same JSON, without any active character; most of them JSON itself leaves as they are. */
export function inertJson(json: string): string {
  return json.replace(ACTIVE, (character) =>
    Array.from({ length: character.length }, (_, index) => unicodeEscape(character.charCodeAt(index))).join(
      "",
    ),
  );
}

function unicodeEscape(code: number): string {
  return `\\u${code.toString(16).padStart(4, "0")}`;
}
