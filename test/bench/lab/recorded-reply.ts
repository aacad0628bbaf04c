/** The answers of a recording, some of which were cut off at 1,500 characters: what was whole of those counts. */

/** The value that the text holds; of a text that ends too early all that was closed in it. Throws when that is nothing. */
export function parseReply(text: string): unknown {
  const { end, open } = lastWhole(text);
  return JSON.parse(text.slice(0, end) + open.toReversed().join(""));
}

/** Behind the last bracket that closed, with the brackets that were open there; the end itself for a whole text. */
function lastWhole(text: string): { end: number; open: string[] } {
  const open: string[] = [];
  let whole: { end: number; open: string[] } = { end: 0, open: [] };
  let isText = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at] ?? "";
    if (isText && sign === "\\") at++;
    else if (sign === '"') isText = !isText;
    else if (isText) continue;
    else if (sign === "{" || sign === "[") open.push(sign === "{" ? "}" : "]");
    else if (sign === "}" || sign === "]") {
      open.pop();
      whole = { end: at + 1, open: [...open] };
    }
  }
  return open.length === 0 && !isText ? { end: text.length, open: [] } : whole;
}
