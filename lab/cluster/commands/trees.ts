/** The tools whose commands are routes of the API, by name. */

import type { CommandTree } from "./command.ts";
import { pvecm } from "./corosync.ts";
import { DAEMONS } from "./daemons.ts";
import { haManager } from "./ha-manager.ts";
import { pct } from "./pct.ts";
import { pveFirewall } from "./pve-firewall.ts";
import { pveam } from "./pveam.ts";
import { pveceph } from "./pveceph.ts";
import { pvenode } from "./pvenode.ts";
import { pvesh } from "./pvesh.ts";
import { pvesm } from "./pvesm.ts";
import { pvesr } from "./pvesr.ts";
import { pvesubscription } from "./pvesubscription.ts";
import { pveum } from "./pveum.ts";
import { qm } from "./qm.ts";

export const TREES: Readonly<Record<string, CommandTree>> = {
  ...DAEMONS,
  "ha-manager": haManager,
  "pve-firewall": pveFirewall,
  pct,
  pveam,
  pveceph,
  pvecm,
  pvenode,
  pvesh,
  pvesm,
  pvesr,
  pvesubscription,
  pveum,
  qm,
};
