/** The nodes, over SSH: one connection a host, pinned host keys, remote processes that end with their call. */
import type { NodeAddress } from "../base/config.ts";
import type { CapturedOutput } from "./process.ts";

export type RemoteResult = {
  kind: "exited" | "timeout" | "cancelled";
  exitCode: number | null;
  signalName: string | null;
  stdout: CapturedOutput;
  stderr: CapturedOutput;
};

export interface NodePool {
  /** The inventory, from PROXMOX_NODES. */
  readonly nodes: readonly NodeAddress[];
  /**
   * Run a command with bash on a node, over the pooled connection. AppError `not_found` for a host outside of
   * the inventory, `not_allowed` for a changed host key, `unavailable` when the node does not answer.
   */
  exec(
    node: string,
    command: string,
    options: { timeoutMs: number; signal: AbortSignal; callId: string },
  ): Promise<RemoteResult>;
  close(): Promise<void>;
}
