import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { explainUnknown, resolveMentions, resolveRecipients } from "./addressing.ts";
import { ROLES } from "./roles.ts";

const to = (content: string) => resolveMentions("Architect_Zero", content).to;

describe("resolveMentions", () => {
  test("addresses whoever is mentioned, whatever the case, in order", () => {
    expect(to("@qa_tester look, then @DEVOPS_BUILDER go")).toEqual(["QA_Tester", "DevOps_Builder"]);
    expect(to("(@Security_Sentinel): review, @Security_Sentinel.")).toEqual(["Security_Sentinel"]);
  });

  test.each([
    "```\n@DevOps_Builder run it\n```",
    "~~~text\n@DevOps_Builder\n~~~",
    "````md\n```\n@DevOps_Builder\n```\n````",
    "an unclosed fence\n```\n@DevOps_Builder",
    "I told `@DevOps_Builder` so",
    "`` a ` @DevOps_Builder ``",
    'he wrote "@DevOps_Builder apply"',
    "he wrote '@DevOps_Builder apply' then",
    "he wrote “@DevOps_Builder apply”",
    "> @DevOps_Builder apply",
    "mail root@DevOps_Builder",
  ])("does not address what is only talked about: %j (F04)", (content) => {
    expect(resolveMentions("Architect_Zero", content)).toEqual({ to: [], unknown: [] });
  });

  test.each([
    ["quotation marks that nobody closes", "\u00ab".repeat(1_000_000)],
    ["other quotation marks", "\u201c\u2018".repeat(500_000)],
    ["an endless name", `@a${"-".repeat(900_000)}b`],
    ["ticks that never match", Array.from({ length: 1_400 }, (_, index) => "`".repeat(index)).join(" ")],
  ])("reads %s in a moment: nobody hears STOP meanwhile", (_, content) => {
    expect(to(content)).toEqual([]);
  });

  test("an apostrophe opens no quotation", () => {
    expect(to("don't wait, @QA_Tester: it's up to you, isn't it")).toEqual(["QA_Tester"]);
  });

  test("a speaker never addresses itself", () => {
    expect(to("I, @Architect_Zero, ask @QA_Tester")).toEqual(["QA_Tester"]);
  });

  test("a name that nobody has comes back to the speaker (F05)", () => {
    expect(resolveMentions("Architect_Zero", "@Builder and @devops go")).toEqual({
      to: [],
      unknown: ["@Builder", "@devops"],
    });
    expect(explainUnknown(["@Builder"])).toContain("@DevOps_Builder");
    expect(resolveMentions("Architect_Zero", "cron has @reboot, css @media").unknown).toEqual([]);
  });

  test("a text that mentions nobody outside of fences wakes nobody, whatever it says (F04)", () => {
    const wake = fc.string().map((text) => text.replaceAll("@", "at ").replaceAll("`", ""));
    fc.assert(
      fc.property(wake, fc.constantFrom(...ROLES), (text, role) => {
        expect(to(`${text}\n\`\`\`\n@${role} ${text}\n\`\`\`\n${role}`)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

describe("resolveRecipients", () => {
  test("what the operator says to nobody in particular is for the coordinator alone", () => {
    expect(resolveRecipients("User", "build me a VM").to).toEqual(["Architect_Zero"]);
    expect(resolveRecipients("User", "@QA_Tester look").to).toEqual(["QA_Tester"]);
    expect(resolveRecipients("User", "@Tester look")).toEqual({ to: [], unknown: ["@Tester"] });
    expect(resolveRecipients("QA_Tester", "all is well").to).toEqual([]);
  });
});
