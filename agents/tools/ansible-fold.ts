/**
 * What ansible-playbook prints that tells nothing new: rows of stars, the recap, which the plugin's own says again, and,
 * when all went well, the tasks that changed nothing and said nothing.
 */

const HEAD = /^(?:PLAY|TASK|RUNNING HANDLER) \[/;
const QUIET = /^ok: \[[^\]]*\](?: => \(item=[^{]*\))?$/;
/** The temporary file of a difference. */
const AFTER = /^\+\+\+ after: \/tmp\/ansible\/\S*$/;

/** `isWell`: every host was reached and nothing failed. `file` has the whole text, as models see it. */
export function foldPlay(text: string, { isWell, file }: { isWell: boolean; file: string }): string {
  const blocks = blocksOf(withoutRecap(text));
  const isQuiet = ([head = "", ...lines]: string[]) =>
    isTask(head) && lines.length > 0 && lines.every((line) => QUIET.test(line));
  const shown = isWell ? blocks.filter((block) => !isQuiet(block)) : blocks;
  const quiet = blocks.length - shown.length;
  const lines = shown.flatMap((block) => block.map(plainLine));
  if (quiet > 0) lines.push(`[${quiet} ${quiet === 1 ? "task" : "tasks"} ok without a change: ${file}]`);
  return lines.join("\n");
}

/** A head and what stands below it, without empty lines. What comes first may have no head. */
function blocksOf(text: string): string[][] {
  const blocks: string[][] = [];
  for (const line of text.split("\n").filter(Boolean)) {
    const last = blocks.at(-1);
    if (last === undefined || HEAD.test(line)) blocks.push([line]);
    else last.push(line);
  }
  return blocks;
}

function isTask(head: string): boolean {
  return head.startsWith("TASK [") || head.startsWith("RUNNING HANDLER [");
}

function plainLine(line: string): string {
  if (AFTER.test(line)) return "+++ after";
  if (!HEAD.test(line)) return line;
  const bare = line.slice(0, line.lastIndexOf("]") + 1);
  return line.slice(bare.length).trim().replaceAll("*", "") === "" ? bare : line;
}

/** The last one, to the end: tasks can print a line like it. */
function withoutRecap(text: string): string {
  const at = text.lastIndexOf("\nPLAY RECAP *");
  const isLast =
    at >= 0 &&
    text
      .slice(at + 1)
      .trim()
      .split("\n")
      .slice(1)
      .every((line) => line.includes(" : ok="));
  return isLast ? text.slice(0, at) : text;
}
