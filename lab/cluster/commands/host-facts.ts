/** Programs that only tell how a node is built: fixed by the node's data, nothing can be changed with them. */
import { type CommandOutcome, failed, notSimulated, succeeded } from "../outcome.ts";
import { usedMemoryBytes } from "../power.ts";
import { nodeOf } from "../storage.ts";
import { unitsOf } from "../units.ts";
import { KERNEL } from "./pveversion.ts";
import type { Run } from "./run.ts";
import { systemdTime } from "./systemctl-show.ts";

export function hostnamectl(run: Run): CommandOutcome {
  const node = nodeOf(run.api.store.state(), run.node);
  if (run.argv[1] === "hostname" && run.argv.length === 2) return succeeded(`${node.name}\n`);
  if (run.argv.length > 1 && run.argv[1] !== "status") return notSimulated(run.argv.slice(0, 2).join(" "), 1);
  return succeeded(
    rightAligned(17, {
      "Static hostname": node.name,
      "Icon name": "computer-desktop",
      Chassis: "desktop",
      "Machine ID": node.machineId,
      "Operating System": "Debian GNU/Linux 13 (trixie)",
      Kernel: `Linux ${KERNEL}`,
      Architecture: "x86-64",
    }),
  );
}

export function timedatectl(run: Run): CommandOutcome {
  if (run.argv.length > 1 && run.argv[1] !== "status") return notSimulated(run.argv.slice(0, 2).join(" "), 1);
  const now = systemdTime(new Date(run.api.store.now()).toISOString());
  return succeeded(
    rightAligned(26, {
      "Local time": now,
      "Universal time": now,
      "RTC time": now.replace(/ UTC$/, ""),
      "Time zone": "Etc/UTC (UTC, +0000)",
      "System clock synchronized": "yes",
      "NTP service": "active",
      "RTC in local TZ": "no",
    }),
  );
}

/** A line for each running unit: what a real journal holds beside it is not simulated. */
export function journalctl(run: Run): CommandOutcome {
  const argument = run.argv.findIndex((word) => word === "-u" || word === "--unit");
  const inline = run.argv.find((word) => word.startsWith("--unit="))?.slice(7);
  const wanted = (inline ?? run.argv[argument < 0 ? run.argv.length : argument + 1])?.replace(
    /\.service$/,
    "",
  );
  const units = unitsOf(run.api.store.state(), run.node).filter(
    (unit) => wanted === undefined || unit.name === wanted,
  );
  const lines = units.map((unit) => {
    const when = `${new Date(unit.since).toUTCString().slice(8, 11)} ${unit.since.slice(8, 10)} ${unit.since.slice(11, 19)}`;
    const verb = unit.active ? "Started" : "Stopped";
    return `${when} ${run.node} systemd[1]: ${verb} ${unit.name}.service - ${unit.description}.\n`;
  });
  return succeeded(lines.join("") || "-- No entries --\n");
}

export function corosyncCfgtool(run: Run): CommandOutcome {
  if (run.argv.length !== 2 || run.argv[1] !== "-s") return notSimulated(run.argv.join(" "), 1);
  const state = run.api.store.state();
  const local = nodeOf(state, run.node);
  const links = state.nodes.map(
    ({ id }) => `\t\tnodeid: ${String(id).padStart(10)}:\t${id === local.id ? "localhost" : "connected"}\n`,
  );
  return succeeded(
    `Local node ID ${local.id}, transport knet\nLINK ID 0 udp\n\taddr\t= ${local.address}\n\tstatus:\n${links.join("")}`,
  );
}

const SOURCES = `MS Name/IP address         Stratum Poll Reach LastRx Last sample               
===============================================================================
^* 162.159.200.123               3   6   377    33   +112us[ +187us] +/-   14ms
^+ 162.159.200.1                 3   6   377    34   -254us[ -179us] +/-   15ms
`;

export function chronyc(run: Run): CommandOutcome {
  const [asked, ...others] = run.argv.slice(1).filter((word) => !/^-[nv]+$/.test(word));
  if (asked === "sources" && others.length === 0) return succeeded(SOURCES);
  if (asked !== "tracking") return notSimulated(run.argv.join(" "), 1);
  const facts = [
    "Reference ID    : A29FC87B (time.example.net)",
    "Stratum         : 3",
    "Leap status     : Normal",
  ];
  return succeeded(`${facts.join("\n")}\n`);
}

/** Sockets that a node listens on; those of its own SSH server included. */
export function ss(run: Run): CommandOutcome {
  if (!/^-[lntup]+$/.test(run.argv[1] ?? "") || run.argv.length > 2)
    return notSimulated(run.argv.join(" "), 1);
  const { address } = nodeOf(run.api.store.state(), run.node);
  const tcp = ["0.0.0.0:22", "0.0.0.0:111", "127.0.0.1:85", "*:8006", "*:3128"];
  const udp = ["0.0.0.0:111", "127.0.0.1:323", `${address}:5405`];
  const flags = run.argv[1] ?? "";
  const both = !flags.includes("t") && !flags.includes("u");
  const row = (kind: string, state: string, local: string) =>
    `${kind.padEnd(5)} ${state} 0      0      ${local.padStart(20)}  0.0.0.0:*\n`;
  const lines = [
    ...(both || flags.includes("u") ? udp.map((local) => row("udp", "UNCONN", local)) : []),
    ...(both || flags.includes("t") ? tcp.map((local) => row("tcp", "LISTEN", local)) : []),
  ];
  return succeeded(`Netid State  Recv-Q Send-Q   Local Address:Port  Peer Address:Port\n${lines.join("")}`);
}

/** `free`, in KiB or with -b, -m, -g, -h. */
export function free(run: Run): CommandOutcome {
  const unit = { "-b": 1, "-k": 1024, "-m": 1024 ** 2, "-g": 1024 ** 3 }[run.argv[1] ?? "-k"];
  if (unit === undefined || run.argv.length > 2)
    return failed(1, `lab: '${run.argv.join(" ")}' is not simulated`);
  const node = nodeOf(run.api.store.state(), run.node);
  const [total, used] = [node.memoryBytes, usedMemoryBytes(run.api.store.state(), node)];
  const cells = [total, used, total - used, 0, 0, total - used].map((bytes) =>
    String(Math.floor(bytes / unit)).padStart(11),
  );
  const header = ["total", "used", "free", "shared", "buff/cache", "available"].map((word) =>
    word.padStart(11),
  );
  const swap = [0, 0, 0].map((zero) => String(zero).padStart(11));
  return succeeded(`      ${header.join(" ")}\nMem:  ${cells.join(" ")}\nSwap: ${swap.join(" ")}\n`);
}

function rightAligned(width: number, facts: Record<string, string>): string {
  return Object.entries(facts)
    .map(([key, value]) => `${key.padStart(width - 1)}: ${value}\n`)
    .join("");
}
