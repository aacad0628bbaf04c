import { expect, test } from "vitest";
import { AppError } from "../agents/base/errors.ts";
import type { Bus } from "../agents/bus/bus.ts";
import type { ControlState } from "../agents/protocol/control.ts";
import { MemoryBus } from "../agents/testing/memory-bus.ts";
import { Outbox } from "./outbox.ts";

const signal = AbortSignal.timeout(30_000);

/** It does what it is told; the first answer is lost on the way, as when a connection breaks. */
function losingAnAnswer(bus: Bus): Bus {
  let isLost = false;
  return new Proxy(bus, {
    get(target, name) {
      if (name !== "command") return Reflect.get(target, name).bind(target);
      return async (...args: Parameters<Bus["command"]>) => {
        const control = await target.command(...args);
        if (isLost) return control;
        isLost = true;
        throw new AppError("unavailable", "connection closed");
      };
    },
  });
}

test.each(["STOP", "CLEAR"] as const)(
  "%s whose answer was lost is sent again, and done once",
  async (command) => {
    const bus = new MemoryBus();
    const before = await bus.control();
    const told: ControlState[] = [];
    const delays: string[] = [];
    const outbox = new Outbox({
      ...{ bus: losingAnAnswer(bus), signal, onRecovered: () => {}, onRefused: () => {} },
      onDelayed: (reason) => delays.push(reason),
      onControl: (_, control) => told.push(control),
    });
    outbox.add({ kind: "control", command });
    await outbox.drained();
    expect(delays).toEqual(["connection closed"]);
    expect(await bus.control()).toMatchObject({ epoch: before.epoch + 1, state: "stopped" });
    expect(told).toEqual([await bus.control()]);
  },
);
