/** What runs on a node and is no command of its cluster: its units, their daemons, sshd, what somebody has put there. */

import type { Journal } from "../systemd/journal.ts";
import type { BuiltIn } from "../systemd/unit-view.ts";
import { bootUnits } from "./boot-units.ts";
import { type BuiltInUnits, createBuiltInUnits } from "./built-in-units.ts";
import type { ClusterClient } from "./cluster-client.ts";
import type { Part } from "./computer.ts";
import { type CustomUnits, createCustomUnits } from "./custom-units.ts";
import type { LabClock } from "./lab-clock.ts";
import { createNodeDaemons, type NodeDaemons } from "./node-daemons.ts";
import { noteCron, noteSshd } from "./node-journal.ts";
import { NodeUnits } from "./node-units.ts";

export type NodeServicesOptions = {
  /** Of the node. */
  address: string;
  directory: string;
  /** Its units before anybody has put something there. */
  builtIn: readonly BuiltIn[];
  cluster: ClusterClient;
  clock: LabClock;
  journal: Journal;
  /** Gives a file to the machine's root. */
  own: (path: string) => void;
};

export type NodeServices = {
  units: NodeUnits;
  builtIn: BuiltInUnits;
  custom: CustomUnits;
  daemons: NodeDaemons;
  /** What starts the daemons: after all that they serve. */
  last: Part[];
};

export function createNodeServices(options: NodeServicesOptions): NodeServices {
  const { address, directory, cluster, clock, journal, own } = options;
  const builtIn = createBuiltInUnits(cluster.exec, (line) => noteSshd(journal, line));
  const custom = createCustomUnits(clock, own, (user, command) => noteCron(journal, user, command));
  const units = new NodeUnits({
    ...{ directory, cluster, clock, own: custom.units, give: own, kept: builtIn.systemctl },
    builtIn: options.builtIn,
    resetFailed: () => daemons.resetFailed(),
    process: (name) => builtIn.process(name) ?? daemons.process(name),
  });
  const daemons = createNodeDaemons({
    ...{ address, journal, now: clock.now, builtIn: options.builtIn },
    views: () => units.views(),
    ended: (unit) => units.turn(unit, false),
  });
  const last: Part[] = [
    { start: () => bootUnits(units) },
    { start: (machine) => daemons.boot(machine.init) },
  ];
  return { units, builtIn, custom, daemons, last };
}
