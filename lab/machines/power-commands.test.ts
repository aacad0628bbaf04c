import { expect, it } from "vitest";
import type { Computer } from "./computer.ts";
import { powerCommand } from "./power-commands.ts";

/** What becomes of the machine. */
function done(line: string): string[] {
  const acts: string[] = [];
  const computer = {
    reboot: async () => void acts.push("reboot"),
    shutdown: async () => void acts.push("off"),
  } as unknown as Computer;
  powerCommand({ argv: line.split(" "), uid: 0 } as Parameters<typeof powerCommand>[0], computer);
  return acts;
}

it.each([
  ["reboot", ["reboot"]],
  ["reboot -f", ["reboot"]],
  ["shutdown -r now", ["reboot"]],
  ["shutdown -h now", ["off"]],
  ["systemctl poweroff --no-wall", ["off"]],
  ["poweroff", ["off"]],
  ...[
    "poweroff --help",
    "halt -w",
    "reboot --version",
    "shutdown -c",
    "shutdown -k now",
    "shutdown -r +5",
  ].map((line): [string, string[]] => [line, []]),
  ["systemctl --help poweroff", []],
  ["systemctl status poweroff.target", []],
])("%s ends the machine only where it says so", (line, acts) => {
  expect(done(line)).toEqual(acts);
});
