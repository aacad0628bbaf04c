/**
 * What can be installed on a node beyond what it has: packages of Debian 13 that people put on Proxmox nodes, with their
 * programs, configuration files and units. Versions, sections and defaults as of Debian 13.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One that serves pages does so, as its configuration says; every other only stays. */
export type OfferedDaemon = { program: string; description: string; servesPages?: boolean };

export type Offer = {
  name: string;
  version: string;
  section: string;
  description: string;
  depends?: string;
  /** Provides, Conflicts and their like, as a control file has them. */
  relations?: Readonly<Record<string, string>>;
  /** `usr/bin/jq`: this machine's where it has it, otherwise "not simulated". */
  programs?: readonly string[];
  /** By path the program of the lab, in lab/packages/programs, that does what this one does as far as a node shows it. */
  standIns?: Readonly<Record<string, string>>;
  /** Path to content; below etc they are conffiles. */
  files?: Readonly<Record<string, string>>;
  /** Programs that stay until they are told to end, behind the unit of that name. */
  daemons?: Readonly<Record<string, OfferedDaemon>>;
  /** Units among its files that are enabled and started. */
  enables?: readonly string[];
  /** PAM modules, each with the one of this machine that stands in for it. */
  pamModules?: Readonly<Record<string, string>>;
  /** What its postinst links, to where, unless something is there. */
  links?: Readonly<Record<string, string>>;
  /** System users and groups that its postinst makes. */
  users?: readonly string[];
  groups?: readonly string[];
};

export function offers(): Offer[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, "catalogue.json"), "utf8")) as Offer[];
}
