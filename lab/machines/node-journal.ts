/** What of a node's life goes into its journal, and the programs that read and write it. */

import { readSystemctl } from "../cluster/commands/systemctl-args.ts";
import { named } from "../cluster/named.ts";
import { type CommandOutcome, succeeded } from "../cluster/outcome.ts";
import { KERNEL_FILES } from "../system/kernel.ts";
import type { Journal } from "../systemd/journal.ts";
import { journalctl } from "../systemd/journalctl.ts";
import { logger } from "../systemd/logger.ts";
import { type BuiltIn, builtInUnits, fullName } from "../systemd/unit-view.ts";
import type { Call } from "./control.ts";

const WORDS: Readonly<Record<string, readonly string[]>> = {
  start: ["Started"],
  stop: ["Stopping", "Stopped"],
  restart: ["Stopping", "Stopped", "Started"],
  "reload-or-restart": ["Reloaded"],
  reload: ["Reloading", "Reloaded"],
};

export function noteBoot(journal: Journal, units: readonly BuiltIn[]): void {
  journal.booted();
  const kernel = { unit: "", identifier: "kernel", pid: 0, priority: 5 };
  journal.add({ ...kernel, message: (KERNEL_FILES["version"] ?? "").trim() });
  journal.add({ ...kernel, priority: 6, message: `Command line: ${(KERNEL_FILES["cmdline"] ?? "").trim()}` });
  for (const { name, sub, description } of units) {
    const verb = sub === "exited" ? "Finished" : "Started";
    if (name.endsWith(".service") && sub !== "dead") say(journal, name, `${verb} ${name} - ${description}.`);
  }
}

/** `line` as OpenSSH's server says it. */
export function noteSshd(journal: Journal, line: string): void {
  const priority = /^(?:error|fatal): /.test(line) ? 3 : 6;
  journal.add({ unit: "ssh.service", identifier: "sshd", pid: 812, priority, message: line.trim() });
}

/** What a service of the node's could not do. */
export function noteFailure(journal: Journal, service: string, message: string): void {
  journal.add({ unit: `${service}.service`, identifier: service, pid: 1_003, priority: 3, message });
}

export function noteCron(journal: Journal, user: string, command: string): void {
  journal.add({
    unit: "cron.service",
    identifier: "CRON",
    pid: 2_412,
    priority: 6,
    message: `(${user}) CMD (${command})`,
  });
}

export function noteSystemctl(journal: Journal, argv: readonly string[], { exitCode }: CommandOutcome): void {
  const args = readSystemctl(argv.slice(1));
  const words = args.kind === "verb" ? named(WORDS, args.verb) : undefined;
  if (args.kind !== "verb" || !words || (exitCode !== 0 && exitCode !== 1)) return;
  for (const name of args.units.map(fullName)) {
    const title = builtInUnits().find((unit) => unit.name === name)?.description ?? name;
    if (exitCode === 0)
      for (const word of words)
        say(journal, name, `${word} ${name} - ${title}${word.endsWith("ing") ? "..." : "."}`);
    else say(journal, name, `Failed to start ${name} - ${title}.`);
  }
}

function say(journal: Journal, unit: string, message: string): void {
  const priority = message.startsWith("Failed") ? 3 : 6;
  journal.add({ unit, identifier: "systemd", pid: 1, priority, message });
}

/** Undefined for other programs. */
export function journalProgram(
  { argv, uid }: Call,
  place: { journal: Journal; now: number; node: string },
): CommandOutcome | undefined {
  const [program, ...words] = argv;
  if (program === "journalctl") return journalctl(words, place);
  if (program === "logger")
    return logger(words, { journal: place.journal, user: uid === 0 ? "root" : String(uid) });
  if (program !== "dmesg") return undefined;
  const lines = place.journal
    .entries()
    .filter(({ identifier }) => identifier === "kernel")
    .slice(-2);
  return succeeded(lines.map(({ message }) => `[    0.000000] ${message}\n`).join(""));
}
