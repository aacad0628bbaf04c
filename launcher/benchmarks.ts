/** The benchmarks and suites by the name under which `./minilab bench NAME` runs them; loaded when asked for. */
import type { Benchmark } from "../test/rig/benchmark.ts";

export const BENCHMARKS: Readonly<Record<string, () => Promise<Benchmark>>> = {
  "aof-cut": () => import("../test/bench/aof-cut.ts"),
  attacks: () => import("../test/attacks/attacks.ts"),
  bus: () => import("../test/bench/bus.ts"),
  chaos: () => import("../test/bench/chaos.ts"),
  context: () => import("../test/bench/context.ts"),
  effects: () => import("../test/bench/effects.ts"),
  endpoints: () => import("../test/bench/endpoints.ts"),
  footprint: () => import("../test/bench/footprint.ts"),
  lab: () => import("../test/bench/lab.ts"),
  load: () => import("../test/bench/load.ts"),
  loop: () => import("../test/bench/loop.ts"),
  missions: () => import("../test/bench/missions.ts"),
  "prompt-size": () => import("../test/bench/prompt-size.ts"),
  replay: () => import("../test/bench/replay.ts"),
  restart: () => import("../test/bench/restart.ts"),
  stop: () => import("../test/bench/stop.ts"),
  "talk-brake": () => import("../test/bench/talk-brake.ts"),
  "terraform-kill": () => import("../test/bench/terraform-kill.ts"),
};
