/** `logger`: what a user writes into the journal. */

import { type CommandOutcome, notSimulated, succeeded } from "../cluster/outcome.ts";
import type { Journal } from "./journal.ts";

const LEVELS = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

export function logger(
  words: readonly string[],
  { journal, user }: { journal: Journal; user: string },
): CommandOutcome {
  const rest = [...words];
  let [identifier, priority, pid] = [user, 5, 0];
  const said: string[] = [];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "-t" || word === "--tag") identifier = rest.shift() ?? user;
    else if (word === "-p" || word === "--priority") priority = levelOf(rest.shift() ?? "");
    else if (word === "-i" || word === "--id") pid = 3000;
    else if (word === "--") said.push(...rest.splice(0));
    else if (word.startsWith("-") && said.length === 0 && word !== "-s")
      return notSimulated(`logger ${word}`, 1);
    else if (word !== "-s") said.push(word);
  }
  journal.add({ unit: "session-1.scope", identifier, pid, priority, message: said.join(" ") });
  return succeeded();
}

function levelOf(text: string): number {
  const at = LEVELS.indexOf(text.split(".").at(-1) ?? "");
  return at < 0 ? 5 : at;
}
