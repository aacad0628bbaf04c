/**
 * Prompts are the operator's to edit, and no upgrade writes over them. What this version expects of them, and an edited
 * page does not say, is named.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROLES, type Role } from "../agents/protocol/roles.ts";
import { PERMISSIONS } from "../agents/tools/permissions.ts";

const ALL_TOOLS = new Set(ROLES.flatMap((role) => Object.keys(PERMISSIONS[role])));

/** A line for each page that does not name what its role has, or names what it has not. A missing page is no matter of this. */
export function outdatedPrompts(directory: string): string[] {
  return ROLES.flatMap((role) => {
    const page = readPage(directory, role);
    if (page === undefined) return [];
    const [missing, strange] = differences(role, page);
    return [
      ...(missing.length > 0
        ? [`prompts/${role}.md does not name: ${missing.join(", ")} (the role has them now)`]
        : []),
      ...(strange.length > 0
        ? [`prompts/${role}.md names what the role does not have: ${strange.join(", ")}`]
        : []),
      ...(page.startsWith(`You are ${role}`)
        ? []
        : [`prompts/${role}.md does not begin with: You are ${role}`]),
    ];
  });
}

function differences(role: Role, page: string): [missing: string[], strange: string[]] {
  const own = Object.keys(PERMISSIONS[role]);
  const words = new Set(page.split(/[^\w]+/));
  const missing = own.filter((tool) => !words.has(tool));
  return [missing, [...ALL_TOOLS].filter((tool) => words.has(tool) && !own.includes(tool))];
}

function readPage(directory: string, role: Role): string | undefined {
  try {
    return readFileSync(join(directory, `prompts/${role}.md`), "utf8");
  } catch {
    return undefined; // preflight names it
  }
}
