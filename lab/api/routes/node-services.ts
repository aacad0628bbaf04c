/** A node's services and packages. */
import { AppError } from "../../../agents/base/errors.ts";
import { KERNEL, packages } from "../../cluster/commands/pveversion.ts";
import type { Json, Row } from "../../cluster/state.ts";
import { changeUnit, type NamedUnit, unitOf, unitsOf } from "../../cluster/units.ts";
import { type Call, type Handler, type Handlers, read, text } from "../call.ts";

const BASE = "/nodes/{node}/services";

export const serviceRoutes: Handlers = {
  [`GET ${BASE}`]: read((call) => unitsOf(call.state, text(call, "node")).map(row)),
  [`GET ${BASE}/{service}`]: read(() =>
    ["start", "stop", "restart", "reload", "state"].map((subdir) => ({ subdir })),
  ),
  [`GET ${BASE}/{service}/state`]: read((call) => row(unitAt(call))),
  [`POST ${BASE}/{service}/start`]: act("srvstart", true),
  [`POST ${BASE}/{service}/stop`]: act("srvstop", false),
  [`POST ${BASE}/{service}/restart`]: act("srvrestart", true),
  [`POST ${BASE}/{service}/reload`]: act("srvreload", true),
  "GET /nodes/{node}/apt/versions": read(() =>
    packages().map(([name, version]) => packageRow(name, version)),
  ),
  "GET /nodes/{node}/apt/update": read(() => []),
  "POST /nodes/{node}/apt/update": {
    kind: "task",
    task: "aptupdate",
    id: () => "",
    run: () => "Hit:1 http://deb.debian.org/debian trixie InRelease\n",
  },
};

function unitAt(call: Call): NamedUnit {
  const unit = unitOf(call.state, text(call, "node"), text(call, "service"));
  if (!unit) throw new AppError("not_found", `no such service '${text(call, "service")}'`);
  return unit;
}

function row(unit: NamedUnit): Row {
  const state = unit.active ? "running" : "dead";
  return {
    name: unit.name,
    service: unit.name,
    desc: unit.description,
    state,
    "active-state": unit.active ? "active" : "inactive",
    "unit-state": unit.enabled ? "enabled" : "disabled",
  };
}

function act(task: string, active: boolean): Handler {
  return {
    kind: "task",
    task,
    id: (params) => String(params["service"]),
    begin: (call) => void unitAt(call),
    run: (call) => {
      changeUnit(
        call.state,
        { node: text(call, "node"), unit: unitAt(call).name, now: call.now },
        { active },
      );
      return "";
    },
  };
}

function packageRow(name: string, version: string): Json {
  const isManager = name === "pve-manager";
  return {
    Package: name,
    Version: version,
    OldVersion: version,
    CurrentState: "Installed",
    Arch: "amd64",
    Origin: "Proxmox",
    Priority: "optional",
    Section: "admin",
    Title: name,
    Description: name,
    ...(isManager ? { ManagerVersion: version, RunningKernel: KERNEL } : {}),
  };
}
