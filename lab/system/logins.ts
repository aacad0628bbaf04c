/** `loginctl` and `systemd-analyze` of a node: root is who is logged in there, and it has booted as such a computer does. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type CommandOutcome, failed, NOT_SIMULATED, notSimulated, succeeded } from "../cluster/outcome.ts";
import { type Asked, table } from "./stand-in.ts";

const LISTS: Readonly<Record<string, { head: string[]; rows: string[][]; what: string }>> = {
  "list-users": {
    head: ["UID", "USER", "LINGER", "STATE"],
    rows: [["0", "root", "no", "active"]],
    what: "users",
  },
  "list-sessions": {
    head: ["SESSION", "UID", "USER", "SEAT", "LEADER", "CLASS", "TTY", "IDLE", "SINCE"],
    rows: [["1", "0", "root", "-", "1201", "user", "pts/0", "no", "-"]],
    what: "sessions",
  },
};

export function loginctl({ words }: Asked): CommandOutcome {
  const isBare = words.includes("--no-legend");
  const [verb = "list-sessions", ...rest] = words.filter((word) => !/^--no-(?:pager|legend)$/.test(word));
  const list = Object.hasOwn(LISTS, verb) ? LISTS[verb] : undefined;
  if (!list || rest.length > 0) return notSimulated(["loginctl", ...words].join(" "), NOT_SIMULATED);
  const rows = table(
    isBare ? list.rows : [list.head, ...list.rows],
    [0, 1].slice(0, list.what === "users" ? 1 : 2),
  );
  return succeeded(isBare ? rows : `${rows}\n${list.rows.length} ${list.what} listed.\n`);
}

const TIMES = `Startup finished in 9.412s (firmware) + 3.207s (loader) + 2.935s (kernel) + 8.604s (userspace) = 24.159s 
graphical.target reached after 8.590s in userspace.
`;

/** A unit file is only looked for. */
export function systemdAnalyze({ words, root }: Asked): CommandOutcome {
  const [verb = "time", ...files] = words.filter((word) => word !== "--no-pager");
  if (verb === "time" && files.length === 0) return succeeded(TIMES);
  if (verb !== "verify" || files.length === 0)
    return notSimulated(["systemd-analyze", ...words].join(" "), NOT_SIMULATED);
  const missing = files.find((file) => file.includes("/") && !existsSync(join(root, resolve("/root", file))));
  return missing === undefined
    ? succeeded()
    : failed(1, `Failed to prepare filename ${missing}: No such file or directory`);
}
