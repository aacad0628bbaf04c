/** Keeps nodes in step with the cluster's state: one pass after the other, each over all nodes that run by then. */

export type InStep = {
  /** Begins a pass. */
  onChange(): void;
  /** Resolves after a pass that has begun now. */
  lookAtNodes(): Promise<unknown>;
  /** No node is looked at from now on; resolves after the last pass. */
  stop(): Promise<void>;
};

/** `running` may grow; it is emptied at the end. */
export function keepInStep(running: { sync(): Promise<void> }[]): InStep {
  let synced: Promise<unknown> = Promise.resolve();
  const onChange = () => {
    // What fails here fails again, and is told, at the node's next command.
    synced = Promise.allSettled([synced, ...running.map((node) => node.sync())]);
  };
  return {
    onChange,
    lookAtNodes: () => {
      onChange();
      return synced;
    },
    stop: async () => {
      running.length = 0;
      await synced;
    },
  };
}
