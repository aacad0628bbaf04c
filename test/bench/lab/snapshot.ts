/** How long it takes to keep the state of a cluster, and to have it again. */
import { performance } from "node:perf_hooks";
import { rounded } from "../../rig/measure.ts";
import { openConversationLab } from "./conversation-lab.ts";

/** Of a cluster with 100 guests, to the disk and back. */
export async function measureSnapshot(
  signal: AbortSignal,
): Promise<{ snapshotMs: number; restoreMs: number }> {
  const lab = await openConversationLab(signal);
  try {
    const { store } = lab.api;
    store.change((draft) => {
      const [first] = draft.guests;
      for (let vmid = 200; first && vmid < 300; vmid++)
        draft.guests.push({ ...structuredClone(first), vmid });
    });
    const begun = performance.now();
    const kept = store.snapshot();
    const taken = performance.now();
    store.change((draft) => void draft.guests.pop());
    const changed = performance.now();
    store.restore(kept);
    return { snapshotMs: rounded(taken - begun), restoreMs: rounded(performance.now() - changed) };
  } finally {
    await lab.close();
  }
}
