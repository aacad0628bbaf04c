import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { resolveMentions } from "../agents/protocol/addressing.ts";
import { ROLES } from "../agents/protocol/roles.ts";
import { PERMISSIONS } from "../agents/tools/permissions.ts";
import { PROJECT_DIR } from "./team/project.ts";

const allTools = new Set(ROLES.flatMap((role) => Object.keys(PERMISSIONS[role])));

describe.each(ROLES)("the prompt of %s", (role) => {
  const page = readFileSync(join(PROJECT_DIR, `prompts/${role}.md`), "utf8");

  test("begins with who it is, and is one page", () => {
    expect(page).toMatch(new RegExp(`^You are ${role}, `));
    expect(page.length).toBeLessThan(4_500);
  });

  test("names the tools that the role has, all of them and no other (F36)", () => {
    const named = [...allTools].filter((tool) => new RegExp(`\\b${tool}\\b`).test(page));
    expect(new Set(named)).toEqual(new Set(Object.keys(PERMISSIONS[role])));
  });

  test("addresses only roles that exist (F05)", () => {
    expect(resolveMentions("User", page.replaceAll("`", "").replaceAll("@Role", "")).unknown).toEqual([]);
  });

  test("speaks of signals only to the role that may give them (F07)", () => {
    expect(/\[(DONE|AWAITING_INPUT)\]/.test(page)).toBe(role === "Architect_Zero");
  });
});
