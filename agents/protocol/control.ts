/** The state that everyone watches: which session, which run, and whether the team may work. */

/** `stopped`: nothing runs until the operator's next message. */
export type ControlState = { session: string; epoch: number; state: "running" | "stopped" };

export type ControlCommand = "STOP" | "CLEAR";

/** Whether it was said in this run: no STOP and no CLEAR came after it. */
export function isCurrent(said: { session: string; epoch: number }, control: ControlState): boolean {
  return said.session === control.session && said.epoch === control.epoch;
}

/** A control command is the whole content, exactly; anything else is a message. */
export function parseControl(content: string): ControlCommand | undefined {
  const word = content.trim();
  return word === "STOP" || word === "CLEAR" ? word : undefined;
}

/** What the operator probably meant, for text that is close to a control word: `STPO`, `xSTOP`, `stop`. */
export function nearControl(content: string): ControlCommand | undefined {
  const word = content.trim();
  if (parseControl(word) !== undefined || word.length > 16 || /\s/.test(beforeCommand(word)))
    return undefined;
  const upper = word.toUpperCase();
  return (["STOP", "CLEAR"] as const).find(
    (command) => upper.endsWith(command) || upper.startsWith(command) || isOneSlipAway(upper, command),
  );
}

function beforeCommand(text: string): string {
  const command = ["STOP", "CLEAR"].find((word) => text.endsWith(word)) ?? "";
  return text.slice(0, text.length - command.length).trimEnd();
}

/** One letter missing, added, changed, or two neighbours swapped. */
function isOneSlipAway(word: string, target: string): boolean {
  if (Math.abs(word.length - target.length) > 1) return false;
  let start = 0;
  while (start < word.length && word[start] === target[start]) start++;
  const [restOfWord, restOfTarget] = [word.slice(start), target.slice(start)];
  return (
    restOfWord.slice(1) === restOfTarget.slice(1) ||
    restOfWord.slice(1) === restOfTarget ||
    restOfWord === restOfTarget.slice(1) ||
    (restOfWord[0] === restOfTarget[1] &&
      restOfWord[1] === restOfTarget[0] &&
      restOfWord.slice(2) === restOfTarget.slice(2))
  );
}
