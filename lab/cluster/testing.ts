/** For tests only: a cluster in a temporary folder, and its command line. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openApi } from "../api/open-api.ts";
import { runCommand } from "./cli.ts";
import type { NamedFiles } from "./commands/run.ts";
import type { CommandOutcome } from "./outcome.ts";
import type { StartState } from "./start-states.ts";
import { openStore, type Store } from "./store.ts";

export type TestCluster = {
  readonly store: Store;
  /** `on("pve1", "qm list")`: words are split at blanks. */
  on(node: string, command: string): CommandOutcome;
  run(node: string, argv: string[], files?: NamedFiles): CommandOutcome;
  /** Open the same files again, as a restart does. */
  reopen(): void;
  remove(): void;
};

export function createTestCluster(start: StartState): TestCluster {
  const directory = mkdtempSync(join(tmpdir(), "lab-cluster-"));
  const now = () => Date.UTC(2026, 1, 26, 15, 22, 49);
  const open = () => openStore({ stateFile: join(directory, "cluster.json"), start, now });
  let store = open();
  return {
    get store() {
      return store;
    },
    on: (node, command) => runCommand({ api: openApi(store), node, argv: command.split(" ") }),
    run: (node, argv, files = {}) => runCommand({ api: openApi(store), node, argv, files }),
    reopen: () => {
      store = open();
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** A guest as the rehearsal asks for it. */
export const CREATE_WEB =
  "qm create 9101 --name web-01 --memory 512 --cores 1 --net0 virtio,bridge=vmbr0 --scsi0 local-lvm:8";
