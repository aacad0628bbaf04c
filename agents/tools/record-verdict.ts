/** record_verdict: the reviewer's word on changes, as a record. What was not shown whole in this turn cannot be approved. */
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import { MAX_WHY_CHARS } from "../protocol/grant.ts";
import { nameOf, type PostedChange } from "../protocol/posted-change.ts";
import { joinRedacted, type Redacted, redacted } from "../redact/redacted.ts";
import { okResult } from "./command-result.ts";
import { changeName, pageOf, pagesOf, reviewOf } from "./show-change.ts";
import { defineTool, type Review } from "./tool.ts";

export const RECORD_VERDICT = "record_verdict";

export const recordVerdict = defineTool({
  name: RECORD_VERDICT,
  description: "Approve or reject changes that you have read whole in this turn.",
  input: z.strictObject({
    changes: z.array(changeName).min(1).max(20),
    verdict: z.enum(["approve", "reject"]),
    findings: z.array(z.string().min(1).max(600)).max(5).default([]),
  }),
  example: { changes: ["0123abcd"], verdict: "reject", findings: ["line 4: root login by password"] },
  effect: () => "read", // of workspace and cluster; what it lets happen goes through the gate
  target: ({ changes }) => changes.map((name) => name.slice(0, 8)).join(" "),
  async run({ changes: names, verdict, findings }, context) {
    const review = reviewOf(context);
    if (verdict === "reject" && findings.length === 0)
      throw new AppError(
        "bad_arguments",
        "A rejection needs findings: what, where, and what would settle it.",
      );
    const changes = await Promise.all(names.map((name) => review.find(name)));
    if (verdict === "approve") for (const change of changes) await assertShown(change, review);
    const why = context.redactor(findings.join("\n").slice(0, MAX_WHY_CHARS));
    for (const change of changes) await review.record(change, { verdict, why });
    const done = verdict === "approve" ? redacted`Approved` : redacted`Rejected`;
    return okResult(redacted`${done}: ${namesOf(changes)}.${remarkOf(changes, verdict)}`);
  },
});

async function assertShown(change: PostedChange, review: Review): Promise<void> {
  const name = nameOf(change);
  if (change.state !== "waiting")
    throw new AppError(
      "not_allowed",
      `Change ${name} does not wait any more: ${change.state}. Nothing was recorded.`,
    );
  if (change.unshown)
    throw new AppError(
      "not_allowed",
      `Change ${name} cannot be approved here: ${change.unshown} The operator is asked.`,
    );
  const text = await review.text(change);
  if (review.shown.some((shown) => shown.includes(text))) return;
  const pages = pagesOf(text).map((page) => page.trimEnd()); // as results are
  const isShown = (page: string, at: number) => {
    const heading = pageOf(change, at + 1, pages.length);
    return review.shown.some((shown) => shown.includes(heading) && shown.includes(page));
  };
  const missing = pages.findIndex((page, at) => !isShown(page, at));
  if (missing === -1) return;
  throw new AppError(
    "not_allowed",
    `Nothing was recorded. You have not read all of change ${name} in this turn: show_change {"change": "${name}", "page": ${missing + 1}}.`,
  );
}

function namesOf(changes: readonly PostedChange[]): Redacted {
  return joinRedacted(changes.map(nameOf), ", ");
}

function remarkOf(changes: readonly PostedChange[], verdict: string): Redacted {
  const isHighRisk = verdict === "approve" && changes.some(({ risks }) => risks.length > 0);
  return isHighRisk ? redacted` Where the risk is high the operator is asked as well.` : redacted``;
}
