/**
 * Whether a case went right, acceptably or wrong, by what was seen from outside. Argued once for each kind: `right` is
 * what the server's makers and the reports ask of a client; `acceptable` loses time or a hint, never work, truth or a
 * message; all else is wrong. What must hold in every case is invariants.ts.
 */
import type { EndpointCase, Judge } from "./case.ts";
import { brokenInvariants } from "./invariants.ts";
import type { Turn } from "./one-role.ts";
import type { Evidence } from "./play.ts";
import { PLAIN } from "./replay-server.ts";
import { differsFrom, newWords, shownTo } from "./seen.ts";

export type Verdict = { grade: "right" | "acceptable" | "wrong"; why: string };

export function judgeCase(given: EndpointCase, evidence: Evidence): Verdict {
  const broken = brokenInvariants(given, evidence);
  if (broken.length > 0) return wrong(broken.join("; "));
  return judgeBy(given.judge, evidence);
}

function judgeBy(judge: Judge, evidence: Evidence): Verdict {
  switch (judge.is) {
    case "calls":
      return judgeCalls(judge, evidence);
    case "told":
      return judgeTold(judge, evidence);
    case "reply":
      return judgeReply(judge, evidence);
    case "tried-again":
      return judgeTriedAgain(judge, evidence);
    case "given-up":
      return judgeGivenUp(judge, evidence);
    case "taken":
      return judgeTaken(judge, evidence);
    case "noticed":
      return judgeNoticed(judge, evidence);
    default:
      return judge satisfies never;
  }
}

type Of<Kind extends Judge["is"]> = Extract<Judge, { is: Kind }>;

/** A call in whatever dress is that call; to be told that none was made costs a step, and no more. */
function judgeCalls(judge: Of<"calls">, { first, asked }: Evidence): Verdict {
  if (first.status !== "completed" || first.said !== PLAIN)
    return wrong(`the turn ended so: ${describe(first)}`);
  const difference = differsFrom(first.ran, judge.calls);
  if (difference === undefined) {
    return judge.noThoughts && first.thoughts.length > 0
      ? acceptable(`white space was shown as a thought: ${JSON.stringify(first.thoughts)}`)
      : right("the calls were run");
  }
  if (first.ran.length > 0) return wrong(difference);
  const heard = newWords(asked);
  if (judge.orTold?.test(heard)) return right("not run, and the model was told so");
  return asked.length > 1 ? acceptable("not run, the model was asked again") : wrong(difference);
}

/** What was cut, filtered or empty is neither done nor final; who wrote it must learn why to write it otherwise. */
function judgeTold(judge: Of<"told">, { first, asked }: Evidence): Verdict {
  if (first.ran.length > 0) return wrong(`${first.ran[0]?.tool} was run`);
  if (judge.orMarked && first.said && first.said !== PLAIN)
    return judge.told.test(first.said) ? right("sent, marked as cut") : wrong("sent as if it were complete");
  if (first.status !== "completed" || first.said !== PLAIN)
    return wrong(`the turn ended so: ${describe(first)}`);
  if (asked.length < 2) return wrong("the model was not asked again");
  const heard = newWords(asked);
  if (judge.not?.test(heard)) return acceptable(`told in other words: ${heard.slice(0, 200)}`);
  return judge.told.test(heard)
    ? right("the model was told")
    : acceptable(`asked again, not told why: ${heard.slice(0, 200)}`);
}

/** A thought in the channel would be obeyed as an order; one that is lost is a loss for who watches alone. */
function judgeReply({ text, thought }: Of<"reply">, { first, asked }: Evidence): Verdict {
  if (first.status === "completed" && first.said === PLAIN && text !== PLAIN && asked.length > 1)
    return acceptable("not taken, but asked for again");
  if (first.status !== "completed" || first.said !== text)
    return wrong(`the turn ended so: ${describe(first)}`);
  if (thought === undefined || first.thoughts.some((one) => one.includes(thought)))
    return right("said as it is");
  return acceptable("said as it is; its thought is lost");
}

/** What passes by itself must not end a turn; the server's own wait is kept, or it is asked in vain. */
function judgeTriedAgain(judge: Of<"tried-again">, { first, asked }: Evidence): Verdict {
  if (first.status !== "completed" || first.said !== PLAIN)
    return wrong(`the turn ended so: ${describe(first)}`);
  const early = judge.waitsMs.find((wait, at) => (asked[at + 1]?.atMs ?? 0) - (asked[at]?.atMs ?? 0) < wait);
  if (early !== undefined) return wrong(`asked again before the ${early} ms that the server wanted`);
  if (judge.words && !judge.words.test(first.waits.join("\n")))
    return acceptable(`the operator saw only: ${first.waits.join(", ")}`);
  return right("tried again");
}

/** What no repetition mends costs the operator minutes and money; without the server's words he cannot mend it. */
function judgeGivenUp(judge: Of<"given-up">, { first, asked }: Evidence): Verdict {
  const shown = shownTo(first);
  if (first.status === "completed") return wrong(`counted as done: ${first.said}`);
  if (!judge.must.test(shown)) return wrong(`the operator does not read ${judge.must.source}: ${shown}`);
  if (asked.length > judge.most + 1) return wrong(`asked ${asked.length} times`);
  if (asked.length < judge.least) return wrong(`given up after ${asked.length} requests`);
  if (asked.length > judge.most) return acceptable(`asked ${asked.length} times`);
  if (judge.hint && !judge.hint.test(shown)) return acceptable(`without a hint: ${shown}`);
  return right("given up with the server's words");
}

/** A request is taken as it is, or once what is refused was left out; never is the same refusal met twice. */
function judgeTaken(judge: Of<"taken">, evidence: Evidence): Verdict {
  const { first, asked, askedNext } = evidence;
  const refusals = [...asked, ...askedNext].filter(({ refused }) => refused !== undefined);
  if (first.status !== "completed" || first.said !== PLAIN) {
    const isHelped = asked.length <= 2 && judge.orWords?.test(shownTo(first));
    return isHelped
      ? { grade: judge.orIs, why: "given up with the setting that mends it" }
      : wrong(`refused: ${refusals[0]?.refused ?? "never"}; ${describe(first)}`);
  }
  const difference = judge.calls && differsFrom(first.ran, judge.calls);
  if (difference) return wrong(difference);
  if (asked.length < judge.least) return wrong(`only ${asked.length} requests: the rule was never met`);
  const twice = refusals.find(({ refused }, at) => refusals.findIndex((one) => one.refused === refused) < at);
  if (twice) return wrong(`refused ${refusals.length} times: ${twice.refused}`);
  return right(refusals.length === 0 ? "taken at once" : `taken without ${refusals[0]?.refused}`);
}

/** An answer to half of the question is no answer; who can raise the limit must hear of it. */
function judgeNoticed({ words }: Of<"noticed">, { first }: Evidence): Verdict {
  if (!words.test(shownTo(first)))
    return wrong(`the operator does not read ${words.source}: ${shownTo(first)}`);
  return first.status === "completed"
    ? acceptable(`told, but the answer counts: ${first.said}`)
    : right("told, and not taken for an answer");
}

function describe({ status, said, notices }: Turn): string {
  return `${status}, said ${JSON.stringify(said ?? null)?.slice(0, 300)} ${notices.join(" ").slice(0, 700)}`;
}

function right(why: string): Verdict {
  return { grade: "right", why };
}

function acceptable(why: string): Verdict {
  return { grade: "acceptable", why };
}

function wrong(why: string): Verdict {
  return { grade: "wrong", why };
}
