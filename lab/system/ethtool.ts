/** `ethtool` of a node: its card, one of a gigabit, and its bridge; words as of ethtool 6.14. */
import { KERNEL } from "../cluster/commands/pveversion.ts";
import { type CommandOutcome, NOT_SIMULATED, notSimulated, succeeded } from "../cluster/outcome.ts";
import type { Asked } from "./stand-in.ts";

const MODES = ["10baseT/Half 10baseT/Full", "100baseT/Half 100baseT/Full", "1000baseT/Full"];

/** A card's settings; `-i` its driver. Bridges that somebody adds are not known here. */
export function ethtool({ words }: Asked): CommandOutcome {
  const name = words.at(-1) ?? "";
  const option = words.length > 1 ? words[0] : undefined;
  const isKnown = name === "nic0" || name === "vmbr0";
  if (words.length === 0 || words.length > 2 || name.startsWith("-"))
    return notSimulated(["ethtool", ...words].join(" "), NOT_SIMULATED);
  if (!isKnown) return noDevice(name, option);
  if (option === "-i" || option === "--driver") return succeeded(driver(name));
  if (option !== undefined) return notSimulated(`ethtool ${option} ${name}`, NOT_SIMULATED);
  return succeeded(`Settings for ${name}:\n${(name === "nic0" ? cardLines() : bridgeLines()).join("\n")}\n`);
}

/** A device that somebody may have made: only what the lab surely has not is said to be missing. */
function noDevice(name: string, option: string | undefined): CommandOutcome {
  if (option !== undefined || /^(?:vmbr|bond|vlan|tap|veth|fw)/.test(name))
    return notSimulated(["ethtool", option, name].filter(Boolean).join(" "), NOT_SIMULATED);
  const stderr = "netlink error: no device matches name (offset 24)\nnetlink error: No such device\n".repeat(
    4,
  );
  return { exitCode: 75, stdout: "", stderr: `${stderr}No data available\n` };
}

function driver(name: string): string {
  const [kind, version, firmware, bus] =
    name === "nic0" ? ["e1000e", KERNEL, "0.13-3", "0000:00:19.0"] : ["bridge", "2.3", "N/A", "N/A"];
  const supports = ["statistics", "test", "eeprom-access", "register-dump", "priv-flags"].map(
    (what) => `supports-${what}: ${name === "nic0" ? "yes" : "no"}\n`,
  );
  return (
    `driver: ${kind}\nversion: ${version}\nfirmware-version: ${firmware}\n` +
    `expansion-rom-version: \nbus-info: ${bus}\n${supports.join("")}`
  );
}

function cardLines(): string[] {
  const modes = (title: string) => {
    const label = `\t${title}:`.padEnd(25);
    return MODES.map((line, at) => (at === 0 ? `${label}${line}` : `\t${" ".repeat(24)}${line}`));
  };
  return [
    "\tSupported ports: [ TP ]",
    ...modes("Supported link modes"),
    ...[
      "\tSupported pause frame use: No",
      "\tSupports auto-negotiation: Yes",
      "\tSupported FEC modes: Not reported",
    ],
    ...modes("Advertised link modes"),
    ...["\tAdvertised pause frame use: No", "\tAdvertised auto-negotiation: Yes"],
    ...["\tAdvertised FEC modes: Not reported", "\tSpeed: 1000Mb/s", "\tDuplex: Full"],
    ...["\tAuto-negotiation: on", "\tPort: Twisted Pair", "\tPHYAD: 1", "\tTransceiver: internal"],
    ...["\tMDI-X: on (auto)", "\tSupports Wake-on: pumbg", "\tWake-on: g"],
    "\tCurrent message level: 0x00000007 (7)\n\t                       drv probe link",
    "\tLink detected: yes",
  ];
}

function bridgeLines(): string[] {
  return [
    ...[
      "\tSupported ports: [  ]",
      "\tSupported link modes:   Not reported",
      "\tSupported pause frame use: No",
    ],
    ...["\tSupports auto-negotiation: No", "\tSupported FEC modes: Not reported"],
    ...["\tAdvertised link modes:  Not reported", "\tAdvertised pause frame use: No"],
    ...["\tAdvertised auto-negotiation: No", "\tAdvertised FEC modes: Not reported", "\tSpeed: 1000Mb/s"],
    ...["\tDuplex: Unknown! (255)", "\tAuto-negotiation: off", "\tPort: Other", "\tPHYAD: 0"],
    ...["\tTransceiver: internal", "\tLink detected: yes"],
  ];
}
