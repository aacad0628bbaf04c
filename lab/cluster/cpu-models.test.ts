import { expect, it } from "vitest";
import { isBuiltInCpu } from "./cpu-models.ts";

it.each(["host", "x86-64-v2-AES", "x86-64-v3", "Haswell-noTSX-IBRS", "EPYC-v4", "EPYC-Milan-v2"])(
  "%s is one of QEMU's processors",
  (name) => expect(isBuiltInCpu(name)).toBe(true),
);

it.each(["bogus", "", "v2", "host-bogus", "Haswell-noTSX-bogus"])("'%s' is none", (name) =>
  expect(isBuiltInCpu(name)).toBe(false),
);
