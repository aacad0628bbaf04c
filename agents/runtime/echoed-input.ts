/**
 * A reply that is nothing but the form in which a model is told things, its own lines of JSON or the frame of a tool's
 * result: small models repeat it in place of an answer, or put words of their own into it, which then reach nobody.
 */
import { parseJson } from "../protocol/message.ts";
import { SENDERS } from "../protocol/roles.ts";

/** Nobody repeats more of them, and whoever quotes so much has written more than that. */
const MAX_LINES = 200;
/** Of instructions, and of a reply. */
const MAX_CHARS = 50_000;
/** Who quotes a rule has said before what it is about. */
const PASSAGE_CHARS = 80;

export function isEchoedInput(text: string): boolean {
  const lines = text.split("\n", MAX_LINES + 1).map((line) => line.trim());
  if (lines.length > MAX_LINES) return false;
  const blocks = lines.join("\n").split(/^```\w{0,20}$/m);
  const said = blocks.map((block) => block.trim()).filter(Boolean);
  const opening = said[0]?.replaceAll(/\s/g, "").replace(ESCAPED_FRAME, "<") ?? "";
  return OPENINGS.some((one) => opening.startsWith(one)) || (said.length > 0 && said.every(isToldWhole));
}

/** Whatever comes behind it: a line that is never closed is one as well. */
const OPENINGS = ["<tool_response", ...SENDERS.flatMap((one) => [`{"from":"${one}"`, `{"fact":"${one}"`])];

/** A frame may be said again with its bracket escaped, as escape-forged-turns.ts does it, and as if it were JSON. */
const ESCAPED_FRAME = /^\{?(?:<|\\u003c|&lt;)/i;

/** One value of JSON, or one a line. */
function isToldWhole(block: string): boolean {
  return (
    isTold(parseJson(block)) || block.split("\n").every((line) => line === "" || isTold(parseJson(line)))
  );
}

/**
 * What the runtime itself says to a model about a result, behind the mark at its front, and hardly more than the result.
 * A mark alone is no sign: what a command printed may be reported as it is.
 */
export function isEchoedResult(text: string, results: readonly string[]): boolean {
  return results.some((result) => {
    const [remark = ""] = result.split("\n", 1);
    const isRemark = remark.length >= MIN_REMARK_CHARS && remark.startsWith("[");
    return isRemark && text.length <= result.length + MAX_DRESS_CHARS && text.includes(remark);
  });
}

const MIN_REMARK_CHARS = 30;
const MAX_DRESS_CHARS = 100;

/** A text that opens with a passage of the role's instructions, word for word, or goes on with the talk in others' names. */
export function isEchoedTalk(text: string, instructions: string): boolean {
  const [opening, known] = [text, instructions].map(inOneLine) as [string, string];
  if (opening.length >= PASSAGE_CHARS && known.includes(opening.slice(0, PASSAGE_CHARS))) return true;
  const lines = text.split("\n", MAX_LINES).map((line) => line.trimStart());
  return (
    lines.find(Boolean)?.startsWith("User:") === true &&
    lines.filter((line) => line.startsWith("User:")).length > 1
  );
}

/** Without the marks of headings and lists before the first word. */
function inOneLine(text: string): string {
  return text
    .slice(0, MAX_CHARS)
    .split(/[\s#*>]+/)
    .filter(Boolean)
    .join(" ");
}

/** What runtime/prompt.ts writes a message and a fact with: two of them are its form, and so is a text alone. */
const FORM = ["from", "fact", "to", "time", "text"];

function isTold(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  return FORM.filter((key) => keys.includes(key)).length > 1 || keys.join() === "text";
}
