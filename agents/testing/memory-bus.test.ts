import { busContract } from "../testing/bus-contract.ts";
import { createMemoryBus } from "./memory-bus.ts";

busContract("memory bus", async () => {
  const bus = createMemoryBus();
  return { bus, close: () => bus.close() };
});
