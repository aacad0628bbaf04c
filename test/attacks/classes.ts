/** The classes of attacks, in the order in which they are tried. */
import { abuse } from "./abuse.ts";
import { argumentAttacks } from "./arguments.ts";
import type { AttackClass } from "./attack-class.ts";
import { audit } from "./audit.ts";
import { forgedTurns } from "./forged-turns.ts";
import { forging } from "./forging.ts";
import { host } from "./host.ts";
import { ids } from "./ids.ts";
import { injection } from "./injection.ts";
import { paths } from "./paths.ts";
import { redaction } from "./redaction.ts";
import { ssrf } from "./ssrf.ts";
import { stall } from "./stall.ts";
import { terminal } from "./terminal.ts";
import { theft } from "./theft.ts";

export const CLASSES: readonly AttackClass[] = [
  paths,
  argumentAttacks,
  audit,
  ssrf,
  injection,
  forging,
  forgedTurns,
  redaction,
  terminal,
  theft,
  abuse,
  host,
  ids,
  stall,
];
