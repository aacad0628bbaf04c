/** `reboot`, `shutdown` and their like, called on a machine: they do what they say, to that machine. */
import { named } from "../cluster/named.ts";
import { type CommandOutcome, failed, notSimulated, succeeded } from "../cluster/outcome.ts";
import type { Computer } from "./computer.ts";
import type { Call } from "./control.ts";

const SYSTEMCTL: Readonly<Record<string, Power>> = {
  reboot: "reboot",
  poweroff: "off",
  halt: "off",
};

type Power = "reboot" | "off";

/** Options that leave it at that: halt(8), shutdown(8), systemctl(1). Others (--help, -k, -c, -w) do not end the machine. */
const GOING =
  /^(?:-[fpnidrhPH]+|--force|--poweroff|--reboot|--halt|--no-wall|--no-wtmp|--no-block|--no-ask-password|-q|--quiet)$/;

/** Undefined for a call that is something else. The caller hears of its success while the machine goes down. */
export function powerCommand({ argv, uid }: Call, computer: Computer): CommandOutcome | undefined {
  const wanted = powerOf(argv);
  if (wanted === undefined || typeof wanted === "object") return wanted;
  if (uid !== 0) return failed(1, "Call to Reboot failed: Interactive authentication required.");
  void (wanted === "reboot" ? computer.reboot() : computer.shutdown());
  return succeeded();
}

function powerOf(argv: readonly string[]): Power | CommandOutcome | undefined {
  const [program = "", ...rest] = argv;
  const words = rest.filter((word) => !word.startsWith("-"));
  const other = rest.find((word) => word.startsWith("-") && !GOING.test(word));
  if (program === "systemctl")
    return words.length === 1 && other === undefined ? named(SYSTEMCTL, words[0] ?? "") : undefined;
  if (!["reboot", "poweroff", "halt", "shutdown"].includes(program)) return undefined;
  if (other !== undefined) return notSimulated(`${program} ${other}`, 1);
  if (program === "reboot") return "reboot";
  if (program === "poweroff" || program === "halt") return "off";
  const [when = "+1"] = words;
  if (when !== "now" && when !== "+0") return notSimulated(`shutdown ${when}`, 1);
  return rest.some((word) => word === "-r" || word === "--reboot") ? "reboot" : "off";
}
