import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { isBuiltIn } from "../systemd/unit-view.ts";
import { offers } from "./catalogue.ts";

/** Of a node's own; the rest of /usr is this machine's, and dpkg cannot unpack anything there. */
const WRITABLE = /^(?:etc|var|usr\/s?bin|usr\/share\/pam-configs|usr\/lib\/systemd\/system)\//;

it("puts files only where a node's dpkg can unpack them", () => {
  const paths = offers().flatMap(({ files, programs, standIns, daemons }) => [
    ...[...Object.keys(files ?? {}), ...(programs ?? []), ...Object.keys(standIns ?? {})],
    ...Object.values(daemons ?? {}).map(({ program }) => program),
  ]);
  expect(paths.length).toBeGreaterThan(100);
  expect(paths.filter((path) => !WRITABLE.test(path))).toEqual([]);
});

it("has no unit of a name that a fresh node has", () => {
  const units = offers().flatMap(({ daemons, enables = [] }) => [
    ...Object.keys(daemons ?? {}).map((name) => `${name}.service`),
    ...enables,
  ]);
  expect(units.filter(isBuiltIn)).toEqual([]);
});

it("has every program and every unit that a package names", () => {
  for (const { name, standIns, enables, files } of offers()) {
    for (const program of Object.values(standIns ?? {}))
      expect(existsSync(join(import.meta.dirname, "programs", program)), `${name}: ${program}`).toBe(true);
    for (const unit of enables ?? [])
      expect(Object.keys(files ?? {}), name).toContain(`usr/lib/systemd/system/${unit}`);
  }
});
