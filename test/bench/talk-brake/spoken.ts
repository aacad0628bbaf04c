/** What the judged corpora of the talk brake consist of: who says what to whom, after how many calls that were news. */
import type { Role } from "../../../agents/protocol/roles.ts";

export type Spoken = { from: Role; to: Role; text: string; work: number };

/** `A` to `DevOps_Builder`... as the corpora abbreviate them. */
const NAMES: Readonly<Record<string, Role>> = {
  A: "Architect_Zero",
  B: "DevOps_Builder",
  S: "Security_Sentinel",
  Q: "QA_Tester",
};

/** `A>B 2 the text`: from, to, calls that were news, the text. */
export function spoken(line: string): Spoken {
  const [, from = "", to = "", work = "", text = ""] = /^([ABSQ])>([ABSQ]) (\d+) ([\s\S]*)$/.exec(line) ?? [];
  const [sender, addressee] = [NAMES[from], NAMES[to]];
  if (!sender || !addressee) throw new Error(`no line of a corpus: ${line}`);
  return { from: sender, to: addressee, work: Number(work), text };
}
