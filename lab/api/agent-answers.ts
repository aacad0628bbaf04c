/** What the agent of a virtual machine that has booted says of its inside, in the agent's own shapes. */
import { AppError } from "../../agents/base/errors.ts";
import type { Inside } from "../cluster/guests-inside.ts";
import type { Guest, Json, Row } from "../cluster/state.ts";
import type { Call } from "./call.ts";

export function insideOf(call: Call, { vmid }: Guest): Inside | undefined {
  return call.settings.guests?.of(vmid);
}

/** AppError `conflict` where there is no machine in which something could run. */
export function booted(call: Call, guest: Guest): Inside {
  const inside = insideOf(call, guest);
  if (inside) return inside;
  throw new AppError("conflict", "lab: this guest has not booted: nothing can be run in it");
}

/** Of a guest without a machine: a plain one. */
export function osInfo(inside: Inside | undefined): Json {
  const release = inside?.osRelease ?? {
    ...{ id: "ubuntu", name: "Ubuntu", pretty_name: "Ubuntu 24.04.3 LTS", version_id: "24.04" },
  };
  return {
    id: release["id"] ?? "",
    name: release["name"] ?? "",
    "pretty-name": release["pretty_name"] ?? "",
    "version-id": release["version_id"] ?? "",
    "kernel-release": inside?.kernel ?? "6.8.0-79-generic",
    machine: "x86_64",
  };
}

/** How many file systems it is about. */
export function freeze(call: Call, guest: Guest, isFrozen: boolean): number {
  insideOf(call, guest)?.freeze(isFrozen);
  return 1;
}

export function execStatus(call: Call, inside: Inside): Json {
  const status = inside.status(Number(call.params["pid"]));
  if (!status) throw new AppError("conflict", `Agent error: PID ${call.params["pid"]} does not exist`);
  if (!status.exited) return { exited: 0 };
  return {
    exited: 1,
    exitcode: status.exitCode,
    ...(status.stdout && { "out-data": status.stdout }),
    ...(status.stderr && { "err-data": status.stderr }),
  };
}

/** Of a row of `ip -j -s address`. */
export function realInterface(row: Row): Row {
  const addresses = (Array.isArray(row["addr_info"]) ? row["addr_info"] : []) as Row[];
  return {
    name: row["ifname"] ?? "",
    "hardware-address": row["address"] ?? "",
    "ip-addresses": addresses.map(({ family, local, prefixlen }) => ({
      "ip-address": local ?? "",
      "ip-address-type": family === "inet6" ? "ipv6" : "ipv4",
      prefix: prefixlen ?? 0,
    })),
    statistics: statisticsOf((row["stats64"] ?? {}) as Record<string, Row>),
  };
}

function statisticsOf(stats: Readonly<Record<string, Row>>): Row {
  const names = { bytes: "bytes", packets: "packets", errs: "errors", dropped: "dropped" };
  const pairs = (["rx", "tx"] as const).flatMap((way) =>
    Object.entries(names).map(([ours, theirs]) => [`${way}-${ours}`, stats[way]?.[theirs] ?? 0] as const),
  );
  return Object.fromEntries(pairs);
}
