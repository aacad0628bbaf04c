/** What holds in every case, whatever the server does: each turn ends, nothing inner is shown, nothing hidden is sent. */
import { requestRule } from "../../../lab/model/request-rules.ts";
import type { EndpointCase } from "./case.ts";
import { SECRET } from "./one-role.ts";
import type { Evidence } from "./play.ts";
import { PLAIN } from "./replay-server.ts";
import { shownTo } from "./seen.ts";

/** The longest text of an error that anybody has to read. */
const MAX_NOTICE_CHARS = 600;
/** Of pages, of LangChain, of markup that models leave in their text. */
const INNER =
  /<!doctype|<html|<div|langchain|<\/?think>|<\/?tool_call>|<function=|<\|[a-z]|\[TOOL_CALLS\]|<｜/i;

/** In plain lines; none when all is well. */
export function brokenInvariants(given: EndpointCase, { first, next, asked, askedNext }: Evidence): string[] {
  const requests = [...asked, ...askedNext];
  const shown = [...first.notices, ...(first.said && !quotesMarkup(given) ? [first.said] : [])];
  const isAfterwardsWell = given.judge.is !== "given-up" || given.judge.after === "works";
  return [
    ...(first.status === "no end" ? ["the turn did not end"] : []),
    ...first.notices
      .filter((text) => text.length > MAX_NOTICE_CHARS)
      .map((text) => `${text.length} characters of an error: ${text.slice(0, 80)}`),
    ...shown.filter((text) => INNER.test(text)).map((text) => `shown: ${INNER.exec(text)?.[0]}`),
    ...(isAfterwardsWell && (next.status !== "completed" || next.said !== PLAIN) && !isSameRefusal(given)
      ? [
          `the next message ended so: ${next.status} ${next.said ?? ""} ${next.notices.join(" ").slice(0, 300)}`,
        ]
      : []),
    ...(next.ran.length > 0 ? [`the next message ran ${next.ran[0]?.tool}`] : []),
    ...(requests.some(({ body }) => JSON.stringify(body).includes(SECRET))
      ? ["a hidden value was sent"]
      : []),
    ...(shownTo(first).includes(SECRET) ? ["a hidden value was shown"] : []),
    ...requests.flatMap(({ body }) => unpaired(body)).slice(0, 1),
  ];
}

/** A report about markup holds it, and is one. */
function quotesMarkup({ judge }: EndpointCase): boolean {
  return judge.is === "reply" && INNER.test(judge.text);
}

/** With a setting that the server refuses no message works until the operator changes it. */
function isSameRefusal({ judge }: EndpointCase): boolean {
  return judge.is === "taken" && judge.orWords !== undefined;
}

/** Chat completions only: calls and results, one for one, with ids of their own. */
function unpaired(body: Parameters<ReturnType<typeof requestRule>>[0]): string[] {
  const refusal = requestRule("calls-answered", {})(body) ?? requestRule("ids-unique", {})(body);
  return refusal ? [`sent: ${refusal.what}`] : [];
}
