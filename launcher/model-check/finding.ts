/** What one question to a model showed. A model that is slow is measured, not failed. */
import type { Usage } from "../../agents/protocol/spending.ts";

export type Finding =
  | { kind: "ok"; seconds: number; usage: Usage; note?: string }
  /** It answered, but not as its role has to. */
  | { kind: "wrong"; seconds: number; why: string }
  /** The endpoint did not take the request, or cannot be had: its own words. */
  | { kind: "refused"; why: string }
  /** No answer within the limit; `said` is why the endpoint made it wait, if it said so. */
  | { kind: "slow"; seconds: number; said: string | undefined }
  | { kind: "skipped"; why: string };

export function describeFinding(finding: Finding): string {
  switch (finding.kind) {
    case "ok":
      return `${finding.seconds.toFixed(1)} s${finding.note ? `, ${finding.note}` : ""}`;
    case "wrong":
      return finding.why;
    case "refused":
      return finding.why;
    case "slow":
      return `no answer within ${finding.seconds} s${finding.said ? `: ${finding.said}` : ""}`;
    case "skipped":
      return finding.why;
    default:
      return finding satisfies never;
  }
}
