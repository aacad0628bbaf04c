/** cron of a machine: /etc/crontab, /etc/cron.d and what `crontab` has kept, run on the lab's clock as their users. */
import { join } from "node:path";
import { type CommandOutcome, failed, notSimulated, succeeded } from "../cluster/outcome.ts";
import { type Calendar, nextTime, parseCronTime } from "./calendar.ts";
import type { Call } from "./control.ts";
import type { LabClock } from "./lab-clock.ts";
import type { Machine } from "./machine.ts";
import { listMachineFolder, readMachineFile, removeMachineFile, writeMachineFile } from "./machine-files.ts";
import { runIn } from "./run-in.ts";
import { asUserOf } from "./services.ts";

const SPOOL = "var/spool/cron/crontabs";
const MAX_BYTES = 256 * 1024;
const MINUTE_MS = 60_000;

type Job = { when: Calendar; user: string; command: string; env: Record<string, string> };

/** Runs until `remove`; as the real one, it looks at its tables each minute. */
export function startCron(
  machine: Machine,
  clock: LabClock,
  log: (user: string, command: string) => void,
): { remove(): void } {
  let last = clock.now();
  return clock.add({
    next: () => (Math.floor(last / MINUTE_MS) + 1) * MINUTE_MS,
    run: async (now) => {
      const since = last;
      last = now;
      const due = jobsOf(machine.root).filter(
        ({ when }) => (nextTime(when, since) ?? Number.POSITIVE_INFINITY) <= now,
      );
      for (const { user, command } of due) log(user, command);
      await Promise.all(due.map((job) => run(machine, job)));
    },
  });
}

async function run(machine: Machine, { user, command, env }: Job): Promise<void> {
  const [line = ""] = command.split(/(?<!\\)%/, 1);
  const shell = ["/bin/sh", "-c", line.replaceAll("\\%", "%")];
  const home = user === "root" ? "/root" : `/home/${user}`;
  const own = { PATH: "/usr/bin:/bin:/usr/local/bin", SHELL: "/bin/sh", LOGNAME: user, HOME: home };
  await runIn(machine, asUserOf(user, shell), { env: { ...own, ...env } });
}

function jobsOf(root: string): Job[] {
  const system = ["/etc/crontab", ...filesIn(root, "/etc/cron.d")];
  const users = filesIn(root, `/${SPOOL}`);
  const readTable = (path: string) => (readMachineFile(root, path) ?? "").slice(0, MAX_BYTES);
  return [
    ...system.flatMap((file) => parseCrontab(readTable(file))),
    ...users.flatMap((file) => parseCrontab(readTable(file), file.slice(file.lastIndexOf("/") + 1))),
  ];
}

/** Names with a dot are left out, as Debian's cron does it. */
function filesIn(root: string, folder: string): string[] {
  return listMachineFolder(root, folder)
    .filter((name) => /^[\w-]+$/.test(name))
    .map((name) => join(folder, name));
}

/** Without `user` each line names its own. Lines that are none are left out. */
export function parseCrontab(text: string, user?: string): Job[] {
  const env: Record<string, string> = {};
  return text.split("\n").flatMap((line) => {
    const trimmed = line.trim();
    const setting = /^(\w+)[ \t]*=(.*)$/.exec(trimmed);
    if (setting) env[setting[1] ?? ""] = (setting[2] ?? "").trim().replace(/^(["'])(.*)\1$/, "$2");
    if (setting || trimmed === "" || trimmed.startsWith("#")) return [];
    const words = trimmed.split(/\s+/);
    const when = words.splice(0, trimmed.startsWith("@") ? 1 : 5).join(" ");
    const calendar = parseCronTime(when);
    const owner = user ?? words.shift();
    if (!calendar || owner === undefined || words.length === 0) return [];
    return [{ when: calendar, user: owner, command: words.join(" "), env: { ...env } }];
  });
}

/** The program: `crontab FILE`, `-`, `-l`, `-r`, `-u USER` for root. `own` gives the file to the machine's root. */
export function crontab(
  machine: Machine,
  { argv, uid, input }: Call,
  own: (path: string) => void,
): CommandOutcome {
  const words = argv.slice(1);
  const at = words.indexOf("-u");
  const [, named] = at < 0 ? [] : words.splice(at, 2);
  const user = named ?? userOf(machine.root, uid);
  if (named !== undefined && uid !== 0) return failed(1, "must be privileged to use -u");
  if (user === undefined || !/^[a-z_][\w-]{0,31}$/.test(user))
    return failed(1, `crontab: user '${user}' unknown`);
  const file = join("/", SPOOL, user);
  const none = failed(1, `no crontab for ${user}`);
  if (words.includes("-l")) {
    const table = readMachineFile(machine.root, file);
    return table === undefined ? none : succeeded(table);
  }
  if (words.includes("-r")) return removeMachineFile(machine.root, file) ? succeeded() : none;
  if (words.some((word) => /^-./.test(word))) return notSimulated(argv.join(" "), 1);
  const wrong = input.split("\n").findIndex((line) => !isFine(line));
  if (wrong >= 0) return failed(1, `"-":${wrong + 1}: bad minute\nerrors in crontab file, can't install.`);
  if (!writeMachineFile(machine.root, file, { text: input, mode: 0o600 }))
    return failed(1, `crontabs/${user}: Permission denied`);
  own(join(machine.root, file));
  return succeeded();
}

function isFine(line: string): boolean {
  const trimmed = line.trim();
  if (trimmed === "" || trimmed.startsWith("#") || /^\w+\s*=/.test(trimmed) || trimmed.startsWith("@reboot"))
    return true;
  return parseCrontab(trimmed, "root").length === 1;
}

function userOf(root: string, uid: number): string | undefined {
  const lines = (readMachineFile(root, "/etc/passwd") ?? "").split("\n").map((line) => line.split(":"));
  return lines.find(([, , number]) => number === String(uid))?.[0];
}
