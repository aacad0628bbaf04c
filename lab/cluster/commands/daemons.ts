/** Proxmox' daemons as programs: `pveproxy status` and its like (PVE/Daemon.pm), and what they do to their units. */
import { type CommandOutcome, succeeded } from "../outcome.ts";
import { changeUnit, unitOf } from "../units.ts";
import type { CommandTree, OwnCommand } from "./command.ts";
import type { Run } from "./run.ts";

const NAMES = ["pvedaemon", "pveproxy", "pvescheduler", "pvestatd", "spiceproxy"];

export const DAEMONS: Readonly<Record<string, CommandTree>> = Object.fromEntries(
  NAMES.map((name) => [name, daemon(name)]),
);

function daemon(unit: string): CommandTree {
  const turn = (active: boolean) =>
    own(({ api: { store }, node }) => {
      store.change((draft) => changeUnit(draft, { node, unit, now: store.now() }, { active }));
      return succeeded();
    });
  return {
    status: own(({ api, node }) => {
      const found = unitOf(api.store.state(), node, unit);
      return succeeded(`${found?.active ? "running" : "stopped"}\n`);
    }),
    start: turn(true),
    restart: turn(true),
    stop: turn(false),
  };
}

function own(run: (run: Run) => CommandOutcome): OwnCommand {
  return { parameters: "", run };
}
