/**
 * The Markdown that models write, as a terminal shows it: headings and **bold** in bold, `code` apart, without the marks.
 * Row by row, after wrapping: a pair of marks that a break has parted stays as it is, and so does what is fenced. Pure.
 */

/** How a part of a row looks. */
export type Emphasis = "bold" | "code";
export type Emphasize = (emphasis: Emphasis, text: string) => string;

const HEADING = /^#{1,6} +(?=\S)/;
const MARKS = /\*\*[^\s*`][^*`]{0,200}\*\*|`[^`]{1,200}`/g;

/** The rows have no escapes; what `emphasize` adds takes no column. */
export function renderMarkdown(rows: readonly string[], emphasize: Emphasize): string[] {
  let isFenced = false;
  return rows.map((row) => {
    const isFence = row.trimStart().startsWith("```");
    if (isFence) isFenced = !isFenced;
    return isFence || isFenced ? row : renderRow(row, emphasize);
  });
}

function renderRow(row: string, emphasize: Emphasize): string {
  const heading = HEADING.exec(row)?.[0];
  if (heading !== undefined) return emphasize("bold", row.slice(heading.length));
  return row.replace(MARKS, (part) =>
    part.startsWith("`") ? emphasize("code", part.slice(1, -1)) : emphasize("bold", part.slice(2, -2)),
  );
}
