/** What `systemctl` does to units that somebody has put on a machine, and `systemd-run`; words as of systemd 257. */

import type { SystemctlArgs } from "../cluster/commands/systemctl-args.ts";
import { named } from "../cluster/named.ts";
import { type CommandOutcome, failed, notSimulated, succeeded } from "../cluster/outcome.ts";
import type { OwnUnits } from "./own-units.ts";

/** What changes one of these units; `systemctl` itself shows them. */
export async function changeOwnUnit(
  units: OwnUnits,
  name: string,
  { verb, now }: SystemctlArgs,
): Promise<CommandOutcome> {
  switch (verb) {
    case "start":
      return started(name, await units.start(name));
    case "restart":
      await units.stop(name);
      return started(name, await units.start(name));
    case "try-restart":
    case "condrestart":
      if (!units.isActive(name)) return succeeded();
      await units.stop(name);
      return started(name, await units.start(name));
    case "reload":
    case "reload-or-restart":
    case "try-reload-or-restart":
      return reload(units, name, verb);
    case "stop":
    case "kill":
      await units.stop(name);
      return succeeded();
    case "enable":
    case "reenable": {
      const links = units.files.enable(name);
      const said = links
        .map((link) => `Created symlink '${link}' → '${units.files.fragment(name)}'.\n`)
        .join("");
      const outcome = now ? started(name, await units.start(name)) : succeeded();
      return { ...outcome, stderr: said + outcome.stderr };
    }
    case "disable": {
      const links = units.files.disable(name);
      if (now) await units.stop(name);
      return succeeded("", links.map((link) => `Removed '${link}'.\n`).join(""));
    }
    default:
      return notSimulated(`systemctl ${verb} ${name}`, 1);
  }
}

async function reload(units: OwnUnits, name: string, verb: string): Promise<CommandOutcome> {
  const isActive = units.isActive(name);
  if (units.view(name)?.canReload && isActive) return started(name, await units.reload(name));
  if (verb === "try-reload-or-restart" && !isActive) return succeeded();
  if (verb !== "reload") {
    await units.stop(name);
    return started(name, await units.start(name));
  }
  const why = isActive
    ? `Job type reload is not applicable for unit ${name}.`
    : `Unit ${name} is not active, cannot reload.`;
  return failed(1, isActive ? `Failed to reload ${name}: ${why}` : `${name} is not active, cannot reload.`);
}

function started(name: string, complaint: string): CommandOutcome {
  if (complaint === "") return succeeded();
  return failed(
    1,
    `Job for ${name} failed: ${complaint}\nSee "systemctl status ${name}" and "journalctl -xeu ${name}" for details.`,
  );
}

const TIMES: Readonly<Record<string, string>> = {
  "--on-active": "OnActiveSec",
  "--on-boot": "OnBootSec",
  "--on-startup": "OnStartupSec",
  "--on-unit-active": "OnUnitActiveSec",
  "--on-calendar": "OnCalendar",
};
const FLAGS = [
  "--quiet",
  "-q",
  "--no-block",
  "--collect",
  "-G",
  "--remain-after-exit",
  "-r",
  "--no-ask-password",
];

export async function systemdRun(units: OwnUnits, argv: readonly string[]): Promise<CommandOutcome> {
  const asked = readRun(argv.slice(1));
  if (typeof asked === "string") return failed(1, asked);
  const { name, timer, service, command } = asked;
  if (command.length === 0) return failed(1, "Command line to execute required.");
  if (units.has(`${name}.service`) || units.isActive(`${name}.timer`))
    return failed(
      1,
      `Failed to start transient ${timer.length > 0 ? "timer" : "service"} unit: Unit ${name}.${timer.length > 0 ? "timer" : "service"} was already loaded or has a fragment file.`,
    );
  const line = command.map((word) => `"${word.replace(/[\\"]/g, "\\$&").replaceAll("%", "%%")}"`).join(" ");
  units.addTransient(
    `${name}.service`,
    `[Service]\n${service.join("\n")}\nExecStart=${line.replaceAll("\n", " ")}\n`,
  );
  if (timer.length === 0)
    return saidOf(await units.start(`${name}.service`), `Running as unit: ${name}.service\n`);
  units.addTransient(`${name}.timer`, `[Timer]\n${timer.join("\n")}\n`);
  const said = `Running timer as unit: ${name}.timer\nWill run service as unit: ${name}.service\n`;
  return saidOf(await units.start(`${name}.timer`), said);
}

function saidOf(complaint: string, said: string): CommandOutcome {
  return complaint ? failed(1, `Failed to start transient unit: ${complaint}`) : succeeded("", said);
}

type Asked = { name: string; timer: string[]; service: string[]; command: string[] };

function readRun(words: readonly string[]): Asked | string {
  const rest = [...words];
  const asked: Asked = {
    name: `run-r${crypto.randomUUID().replaceAll("-", "")}`,
    timer: [],
    service: [],
    command: [],
  };
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--" || !word.startsWith("-")) {
      asked.command = word === "--" ? rest : [word, ...rest];
      break;
    }
    if (FLAGS.includes(word)) continue;
    const at = word.startsWith("--") ? word.indexOf("=") : -1;
    const option = at < 0 ? word : word.slice(0, at);
    const value = (at < 0 ? rest.shift() : word.slice(at + 1)) ?? "";
    const time = named(TIMES, option);
    if (time) asked.timer.push(`${time}=${value}`);
    else if (option === "--unit" || option === "-u") asked.name = value.replace(/\.(?:service|timer)$/, "");
    else if (option === "--timer-property") asked.timer.push(value);
    else if (option === "--property" || option === "-p") asked.service.push(value);
    else if (option === "--setenv" || option === "-E") asked.service.push(`Environment="${value}"`);
    else if (option === "--uid") asked.service.push(`User=${value}`);
    else if (option !== "--description") return `lab: 'systemd-run ${option}' is not simulated`;
  }
  return /^[\w:.@-]{1,100}$/.test(asked.name) ? asked : `Invalid unit name: ${asked.name}`;
}
