/** What a console says to a command, in a test whose view keeps each text in a list. */
import type { OperatorConsole } from "../operator-console.ts";

/** `shown` is that list; all that comes in one go with the first text is the answer. */
export async function answerTo(operator: OperatorConsole, command: string, shown: string[]): Promise<string> {
  const [before, { promise, resolve }] = [shown.length, Promise.withResolvers<void>()];
  const push = shown.push.bind(shown);
  shown.push = (...texts) => {
    resolve();
    return push(...texts);
  };
  operator.enter(command);
  await promise;
  return shown.slice(before).join("\n");
}
