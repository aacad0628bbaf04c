import { busContract } from "../testing/bus-contract.ts";
import { createMemoryBus } from "./memory-bus.ts";
import { missionContract } from "./mission-contract.ts";

const open = async () => {
  const bus = createMemoryBus();
  return { bus, close: () => bus.close() };
};
busContract("memory bus", open);
missionContract("mission on the memory bus", open);
