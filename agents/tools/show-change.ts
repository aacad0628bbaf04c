/** show_change: what a call would change, page by page, as it was posted. */
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import { ours, redacted, sliceRedacted } from "../redact/redacted.ts";
import { okResult } from "./command-result.ts";
import { defineTool, type Review, type ToolContext } from "./tool.ts";

/** Less than what the model is shown of one result. */
const PAGE_CHARS = 12_000;

export const changeName = z
  .string()
  .regex(/^[0-9a-f]{8,64}$/, "a change's digest, or the first 8 digits of it");

export const SHOW_CHANGE = "show_change";

export const showChange = defineTool({
  name: SHOW_CHANGE,
  description: "Read a change that waits.",
  input: z.strictObject({ change: changeName, page: z.int().min(1).max(100).default(1) }),
  example: { change: "0123abcd" },
  effect: () => "read",
  target: ({ change }) => change.slice(0, 8),
  async run({ change: name, page }, context) {
    const review = reviewOf(context);
    const change = await review.find(name);
    const text = await review.text(change);
    const pages = pagesOf(text);
    const content = pages[page - 1];
    if (content === undefined) throw new AppError("not_found", `Change ${name} has ${pages.length} pages.`);
    const risks = change.risks.length > 0 ? redacted`; high risk` : redacted``;
    const next = page < pages.length ? redacted`; page ${page + 1} is next` : redacted``;
    return okResult(
      redacted`[${ours(pageOf(change, page, pages.length))}${next}; ${change.state}${risks}]\n${content}`,
    );
  },
});

/** By this a page is known again: the same words elsewhere are not that page. */
export function pageOf({ digest }: { digest: string }, page: number, of: number): string {
  return `change ${digest}, page ${page} of ${of}`;
}

export function pagesOf(text: Parameters<typeof sliceRedacted>[0]) {
  const count = Math.max(1, Math.ceil(text.length / PAGE_CHARS));
  return Array.from({ length: count }, (_, at) =>
    sliceRedacted(text, at * PAGE_CHARS, (at + 1) * PAGE_CHARS),
  );
}

export function reviewOf({ review }: ToolContext): Review {
  if (!review) throw new AppError("not_allowed", "Changes are reviewed by Security_Sentinel.");
  return review;
}
