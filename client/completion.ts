/** What Tab does: `@d` becomes `@DevOps_Builder `, and again the next role; `/st` becomes `/status `. */
import { ROLES } from "../agents/protocol/roles.ts";
import { SLASH_COMMANDS } from "./commands.ts";
import { replaceBefore, type TypedLine } from "./typed-line.ts";

/** The line completed before the cursor; undefined when there is nothing to complete. */
export function completeLine(line: TypedLine): TypedLine | undefined {
  const before = line.cells
    .slice(0, line.cursor)
    .map((cell) => (cell.text.length === 1 ? cell.text : "\n"))
    .join("");
  const typed = /(?:^|\s)(@\w*|(?<=^)\/\w*) ?$/.exec(before)?.[1];
  if (/^\/budget +r?a?i?s?$/i.test(before))
    return replaceBefore(line, before.length - before.trimEnd().lastIndexOf(" ") - 1, "raise ");
  if (typed === undefined) return undefined;
  const count = before.length - before.lastIndexOf(typed);
  const name = nextName(typed.startsWith("@") ? ROLES.map((role) => `@${role}`) : SLASH_COMMANDS, typed);
  return name === undefined ? undefined : replaceBefore(line, count, `${name} `);
}

/** The first that begins so; for one that is complete, the one after it. */
function nextName(names: readonly string[], typed: string): string | undefined {
  const lower = typed.toLowerCase();
  const complete = names.findIndex((name) => name.toLowerCase() === lower);
  if (complete >= 0) return names[(complete + 1) % names.length];
  return names.find((name) => name.toLowerCase().startsWith(lower));
}
