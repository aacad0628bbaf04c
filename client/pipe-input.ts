/**
 * Input that is no terminal: the lines of one burst are one message, except that a line which is exactly a
 * control word, exit, quit or a /command of the console is acted on by itself, in its place.
 */
import { isActedOnAlone } from "./commands.ts";

/** The inputs in a burst, in order; blank lines around a message are not part of it. */
export function splitBurst(burst: string): string[] {
  const inputs: string[] = [];
  let message: string[] = [];
  const endMessage = () => {
    const first = message.findIndex((line) => line !== "");
    const text = message.slice(first, message.findLastIndex((line) => line !== "") + 1).join("\n");
    if (text.trim() !== "") inputs.push(text);
    message = [];
  };
  for (const line of burst.split("\n")) {
    if (!isActedOnAlone(line)) {
      message.push(line);
      continue;
    }
    endMessage();
    inputs.push(line.trim());
  }
  endMessage();
  return inputs;
}
