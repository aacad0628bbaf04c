/** A bus refuses what comes before its connection stands; this waits for it. */
import type { Bus } from "../../../agents/bus/bus.ts";

/** To be called in the same tick in which the bus was made. */
export function connected(bus: Bus): Promise<void> {
  return new Promise((resolve) => {
    const stop = bus.watch((event) => {
      if (event.kind !== "connection" || event.state !== "up") return;
      stop();
      resolve();
    });
  });
}
