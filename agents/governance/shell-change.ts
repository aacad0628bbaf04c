/** What one line for a shell on a host does, as a change: its effect, and what is of high risk in it, in whatever quotes. */
import { type Change, changeOf, distinctRisks, type Risk } from "./change.ts";
import { classifyShell } from "./effects.ts";
import { readShell } from "./shell-commands.ts";
import { risksOfLine } from "./shell-risks.ts";
import { isNearlyExact, shown } from "./shell-values.ts";
import { programName } from "./shell-wrappers.ts";
import { wordList } from "./word-list.ts";

/** What they run is a text in another language, or in another place. */
const INTERPRETERS = wordList(
  "python* perl ruby node lua php tclsh expect eval source . at batch crontab socat nc ncat make gdb",
);
const MAX_WHAT_CHARS = 200;

/** `host`: as it is named. */
export function changeOfLine(line: string, host: string): Change {
  const found = classifyShell(line);
  const what = line.length > MAX_WHAT_CHARS ? `${line.slice(0, MAX_WHAT_CHARS)}…` : line;
  const place = { what, hosts: host, where: "host" } as const;
  if (found.effect === "read") return changeOf([{ action: "read", ...place, effect: "read", risks: [] }]);
  const risks = distinctRisks([...risksOfLine(line), ...risksOfWords(line)]);
  return changeOf([
    { action: "run", ...place, details: `${found.part} ${found.reason}`, effect: "infrastructure", risks },
  ]);
}

/** Of the words as the shell will have them; and where these are not known. */
function risksOfWords(line: string): Risk[] {
  const { commands, remarks } = readShell(line);
  const risks: Risk[] = remarks.map(({ reason }) => ({ kind: "unclear", why: reason }));
  for (const { argvs } of commands) {
    for (const [program = "", ...args] of argvs) {
      const name = programName(program);
      risks.push(...risksOfLine(shown([name, ...args].join(" "))));
      if (!isNearlyExact(program)) risks.push({ kind: "unclear", why: "runs what is not known beforehand" });
      const isShell = /^(?:ba|da|z|k|a)?sh$/.test(name) && !args.some((arg) => /^-\w*c/.test(arg));
      if (INTERPRETERS(name) || isShell)
        risks.push({ kind: "unclear", why: `runs a text by ${name} that is not looked through` });
    }
  }
  return risks;
}
