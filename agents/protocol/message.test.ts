import { expect, test } from "vitest";
import { createRedactor } from "../redact/redact.ts";
import { encodeMessage, isIdOf, type Message, newMessageId, parseMessage } from "./message.ts";
import { SENDERS } from "./roles.ts";

const redactor = createRedactor([]);
const read = (json: string) => parseMessage(json, redactor);
const message = (changes: Partial<Message>): string =>
  encodeMessage({
    ...{ kind: "message", sender: "Security_Sentinel", to: ["DevOps_Builder"], content: "hi" },
    ...{ id: "1.Security_Sentinel", timestamp: "", session: "s-1", epoch: 1, ...changes },
  } as Message);

test("ids of ours, and those of programs that have none, are taken in", () => {
  for (const sender of SENDERS) {
    for (const id of [newMessageId(sender), `raw-${"0".repeat(32)}.${sender}`]) {
      expect(isIdOf(sender, id)).toBe(true);
      expect(read(message({ sender, id }))?.id).toBe(id);
    }
  }
});

test("an id or a session that is anything but a word is noise, whoever says it", () => {
  const words = [
    "';id>/tmp/z;'",
    "$(id)",
    "a b",
    "../..",
    "a\n",
    "",
    "a:b",
    "*",
    "\x1b[2J",
    "ä",
    "a".repeat(65),
  ];
  for (const word of words) {
    expect(isIdOf("Security_Sentinel", `${word}.Security_Sentinel`), word).toBe(false);
    expect(read(message({ id: `${word}.Security_Sentinel` })), word).toBeUndefined();
    expect(read(message({ session: word })), word).toBeUndefined();
  }
  expect(isIdOf("Security_Sentinel", "1.Security_Sentinel\n")).toBe(false);
  expect(isIdOf("Security_Sentinel", "1.User")).toBe(false);
});
