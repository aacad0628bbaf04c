/** What `qm` asks a running virtual machine: its agent, its console, its monitor. */
import { AppError } from "../../../agents/base/errors.ts";
import { REPEATED } from "../../api/parameters.ts";
import { guestOf } from "../guests.ts";
import { badParameter } from "../options.ts";
import { type CommandOutcome, failed, notSimulated, succeeded } from "../outcome.ts";
import type { Guest, Json } from "../state.ts";
import { ask } from "./call-route.ts";
import type { Given, OwnCommand } from "./command.ts";
import { VMID } from "./guest-commands.ts";
import { canonical, pretty } from "./print-result.ts";
import type { Run } from "./run.ts";

const AGENT = "/nodes/{node}/qemu/{vmid}/agent";

const READING =
  "get-fsinfo get-host-name get-memory-block-info get-memory-blocks get-osinfo get-time get-timezone get-users get-vcpus " +
  "info network-get-interfaces";
const CHANGING =
  "fsfreeze-freeze fsfreeze-status fsfreeze-thaw fstrim ping shutdown suspend-disk suspend-hybrid suspend-ram";
const COMMANDS = [...CHANGING.split(" "), ...READING.split(" ")].sort();

/** One of the routes below `agent`, by its name. */
export const guestCommand: OwnCommand = {
  positional: ["vmid", "command"],
  parameters: `${VMID} command`,
  run: (run, { vmid = "", command = "" }) => {
    if (!COMMANDS.includes(command))
      throw badParameter(
        "command",
        `value '${command}' does not have a value in the enumeration '${COMMANDS.join(", ")}'`,
      );
    const method = READING.split(" ").includes(command) ? "GET" : "POST";
    return agentResult(ask(run, `${method} ${AGENT}/${command}`, { vmid }));
  },
};

export const guestExec: OwnCommand = {
  positional: ["vmid", "extra-args"],
  parameters: `${VMID} extra-args? pass-stdin?:bool synchronous?:bool timeout?:integer=0..`,
  run: (run, given) => {
    const { vmid = "", "extra-args": command = "", timeout = "30" } = given;
    ask(run, `POST ${AGENT}/ping`, { vmid });
    const argv = command.split(REPEATED).filter(Boolean);
    if (!run.later) return notSimulated(`qm guest exec ${vmid} -- ${argv.join(" ")}`);
    const timeoutMs = given["synchronous"] === "0" ? -1 : Number(timeout) * 1000;
    const hasInput = given["pass-stdin"] === "1";
    run.later({ kind: "agent", vmid: Number(vmid), argv, timeoutMs, hasInput });
    return succeeded();
  },
};

export const guestExecStatus: OwnCommand = {
  positional: ["vmid", "pid"],
  parameters: `${VMID} pid:integer`,
  run: (run, { vmid = "", pid }) => {
    ask(run, `POST ${AGENT}/ping`, { vmid });
    if (!run.api.settings.guests) return failed(255, `Agent error: PID ${pid} does not exist`);
    return succeeded(
      `${pretty(canonical(ask(run, `GET ${AGENT}/exec-status`, { vmid, pid: pid ?? "" })))}\n`,
    );
  },
};

/** PVE/CLI/qm.pm print_agent_result. */
function agentResult(data: Json): CommandOutcome {
  const result = (data as { result?: Json }).result ?? null;
  if (result === null || (typeof result === "object" && Object.keys(result).length === 0)) return succeeded();
  return succeeded(typeof result === "object" ? `${pretty(canonical(result))}\n` : `${result}\n`);
}

/** What was said there so far; nobody types. */
export const terminal = running(
  "escape? iface?:enum=serial0|serial1|serial2|serial3",
  (guest, { iface }, run) => {
    const ports = Object.keys(guest.config).filter((key) => /^serial\d$/.test(key));
    if (iface && !ports.includes(iface)) return failed(255, `serial interface '${iface}' is not configured`);
    if (ports.length === 0) return failed(255, "unable to find a serial interface");
    requireRunning(guest);
    const { guests } = run.api.settings;
    if (!guests) return notSimulated(`qm terminal ${guest.vmid}`);
    const head = `starting serial terminal on interface ${iface ?? ports[0]} (press Ctrl+O to exit)\n`;
    return succeeded(head + guests.console(guest.vmid));
  },
);

export const monitor = running("", (guest) =>
  succeeded(`Entering QEMU Monitor for VM ${guest.vmid} - type 'help' for help\n`),
);

export const vncproxy = running("", () =>
  failed(255, "LC_PVE_TICKET not set, VNC proxy without password is forbidden"),
);

export const sendkey: OwnCommand = {
  positional: ["vmid", "key"],
  parameters: `${VMID} key skiplock?:bool`,
  run: (run, { vmid = "" }) => requireRunning(guestAt(run, vmid)) ?? succeeded(),
};

/** Until it is stopped, which it never becomes while a command runs. */
export const wait: OwnCommand = {
  positional: ["vmid"],
  parameters: `${VMID} timeout?:integer=1..`,
  run: (run, { vmid = "", timeout }) => {
    const guest = guestAt(run, vmid);
    if (guest.status === "stopped") return succeeded();
    if (timeout === undefined) return notSimulated("qm wait");
    const stdout = `waiting until VM ${vmid} stops (PID ${guest.pid})\n`;
    return { ...failed(255, "wait failed - got timeout"), stdout };
  },
};

function running(
  parameters: string,
  run: (guest: Guest, given: Given, asked: Run) => CommandOutcome,
): OwnCommand {
  return {
    positional: ["vmid"],
    parameters: `${VMID} ${parameters}`,
    run: (asked, given) => run(guestAt(asked, given["vmid"] ?? ""), given, asked),
  };
}

function guestAt({ api, node }: Run, vmid: string): Guest {
  return guestOf(api.store.state(), { node, vmid: Number(vmid) });
}

function requireRunning(guest: Guest): undefined {
  if (guest.status !== "running") throw new AppError("conflict", `VM ${guest.vmid} not running`);
  return undefined;
}
