/** Every grant that is none, and every one that is: what may run, what is denied, who is asked. */
import { describe, expect, test } from "vitest";
import type { Dials } from "../protocol/dials.ts";
import type { Grant } from "../protocol/grant.ts";
import { ours } from "../redact/redacted.ts";
import { type Circumstances, highRisks, rule, type Want } from "./gate.ts";

const CHANGE = "a".repeat(64);
const WANT: Want = {
  ...{ role: "DevOps_Builder", effect: "infrastructure", change: CHANGE, call: "m 1.1" },
  ...{ isHighRisk: false, isUnshown: false },
};
const DIALS: Dials = { changes: "infrastructure", approval: "high-risk" };
const RUN = { session: "s", epoch: 3, now: 1_000 };

function grantBy(grantor: Grant["grantor"], changes: Partial<Grant> = {}): Grant {
  return {
    ...{ id: `g-${grantor}`, grantor, change: CHANGE, verdict: "approve", why: ours("seen") },
    ...{ session: "s", epoch: 3, at: 500, until: 2_000 },
    ...changes,
  };
}
const reviewers = (changes: Partial<Grant> = {}) => grantBy("Security_Sentinel", changes);
const operators = (changes: Partial<Grant> = {}) => grantBy("User", changes);

function ruling(want: Partial<Want>, circumstances: Partial<Circumstances> = {}) {
  const all = { dials: DIALS, grants: [], spends: new Map(), ...RUN, ...circumstances };
  return rule({ ...WANT, ...want }, all);
}

describe("what needs no grant", () => {
  test.each([
    ["Security_Sentinel", "read", "allow"],
    ["QA_Tester", "read", "allow"],
    ["Architect_Zero", "workspace", "allow"],
    ["DevOps_Builder", "workspace", "allow"],
    ["QA_Tester", "workspace", "deny"],
    ["Security_Sentinel", "workspace", "deny"],
    ["Architect_Zero", "infrastructure", "deny"],
    ["QA_Tester", "infrastructure", "deny"],
  ] as const)("%s, %s: %s, whatever is granted (F33, R33)", (role, effect, kind) => {
    expect(ruling({ role, effect }, { grants: [reviewers(), operators()] }).kind).toBe(kind);
  });

  test.each([
    ["read-only", "read", "allow"],
    ["read-only", "workspace", "deny"],
    ["read-only", "infrastructure", "deny"],
    ["workspace", "workspace", "allow"],
    ["workspace", "infrastructure", "deny"],
  ] as const)("with the dial at %s, %s: %s, granted or not", (changes, effect, kind) => {
    const dials = { ...DIALS, changes };
    const grants = [reviewers(), operators()];
    expect(ruling({ effect }, { dials, grants }).kind).toBe(kind);
    const advised = { changes, approval: "advise" } as const;
    expect(ruling({ effect }, { dials: advised, grants }).kind).toBe(kind);
  });

  test("advise asks nobody, and says so", () => {
    const dials = { ...DIALS, approval: "advise" } as const;
    expect(ruling({ isHighRisk: true }, { dials })).toEqual({ kind: "allow", grants: [], isAdvised: true });
  });
});

describe("a grant", () => {
  test("of the reviewer lets a change through, and is spent by it (F25)", () => {
    expect(ruling({}, { grants: [reviewers()] })).toMatchObject({
      kind: "allow",
      grants: [{ id: reviewers().id }],
    });
    expect(ruling({})).toEqual({ kind: "ask", whom: ["Security_Sentinel"] });
  });

  test.each([
    ["of another change", { change: "b".repeat(64) }],
    ["of another session", { session: "t" }],
    ["of a run that STOP has ended", { epoch: 2 }],
    ["that has expired", { until: 1_000 }],
    ["of the future", { at: 1_001 }],
  ])("%s is none, whoever gave it (F27)", (_, changes) => {
    expect(ruling({}, { grants: [reviewers(changes)] }).kind).toBe("ask");
    expect(ruling({ isHighRisk: true }, { grants: [reviewers(), operators(changes)] }).kind).toBe("ask");
  });

  test("is used once: by the call that has spent it again, by no other", () => {
    const grants = [reviewers()];
    const spends = new Map([[reviewers().id, "m 1.1"]]);
    expect(ruling({}, { grants, spends }).kind).toBe("allow");
    expect(ruling({ call: "m 1.2" }, { grants, spends }).kind).toBe("ask");
    expect(ruling({ call: "n 1.1" }, { grants, spends }).kind).toBe("ask");
  });

  test.each([
    ["high-risk", true, ["User"]],
    ["high-risk", false, []],
    ["operator", false, ["User"]],
    ["reviewer", true, []],
  ] as const)("of the reviewer under %s, high risk %s: asked besides: %s", (approval, isHighRisk, whom) => {
    const dials = { ...DIALS, approval };
    const found = ruling({ isHighRisk }, { dials, grants: [reviewers()] });
    expect(found).toMatchObject(whom.length > 0 ? { kind: "ask", whom } : { kind: "allow" });
    expect(ruling({ isHighRisk }, { dials })).toEqual({ kind: "ask", whom: ["Security_Sentinel", ...whom] });
  });

  test("of the operator is enough, against the reviewer's word as well; his no is the last (F26)", () => {
    const rejected = reviewers({ verdict: "reject" });
    expect(ruling({ isHighRisk: true }, { grants: [operators()] }).kind).toBe("allow");
    expect(ruling({}, { grants: [rejected, operators()] })).toMatchObject({ grants: [{ grantor: "User" }] });
    expect(ruling({}, { grants: [reviewers(), operators({ verdict: "reject" })] })).toMatchObject({
      by: "grantor",
    });
    expect(ruling({}, { grants: [rejected] })).toMatchObject({ kind: "deny", by: "grantor" });
  });

  test("of the reviewer is nothing for what cannot be shown whole: the operator is asked", () => {
    for (const approval of ["reviewer", "high-risk", "operator"] as const) {
      const dials = { ...DIALS, approval };
      expect(ruling({ isUnshown: true }, { dials, grants: [reviewers()] })).toEqual({
        kind: "ask",
        whom: ["User"],
      });
      expect(ruling({ isUnshown: true }, { dials, grants: [operators()] }).kind).toBe("allow");
    }
  });
});

test("a command by itself is of no high risk, what its words say is", () => {
  const risks = [{ kind: "commands", why: "c" } as const, { kind: "unclear", why: "u" } as const];
  expect(highRisks(risks)).toEqual([risks[1]]);
});
