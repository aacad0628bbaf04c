/** What a node's SSH server may do, as the real sshd reads it from the node's own /etc/ssh. */
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { Machine } from "./machine.ts";

/** First value wins, Include is followed, as `sshd -T` says. */
export type SshdSettings = { passwordLogin: boolean; keyLogin: boolean; x11Forwarding: boolean };

export type SshdReading = { kind: "valid"; settings: SshdSettings } | { kind: "invalid"; message: string };

export async function readSshdSettings(machine: Machine): Promise<SshdReading> {
  const child = machine.spawn(["/usr/sbin/sshd", "-T"], {});
  child.stdin.end();
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  if (exitCode !== 0) return { kind: "invalid", message: stderr.trim() };
  return { kind: "valid", settings: settingsFrom(stdout) };
}

/** Only root can log in to a node, so its PermitRootLogin decides with the methods. */
function settingsFrom(dump: string): SshdSettings {
  const lines = dump.split("\n").map((line) => line.split(" ", 2));
  const value = (key: string) => lines.find(([name]) => name === key)?.[1] ?? "no";
  const root = value("permitrootlogin");
  return {
    passwordLogin: root === "yes" && value("passwordauthentication") === "yes",
    keyLogin:
      ["yes", "without-password", "prohibit-password"].includes(root) &&
      value("pubkeyauthentication") === "yes",
    x11Forwarding: value("x11forwarding") === "yes",
  };
}
