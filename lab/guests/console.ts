/** What a guest has said on its console since it was switched on. */

export type Console = { say(text: string): void; text(): string };

const MAX_CHARS = 64 * 1024;

export function createConsole(): Console {
  let kept = "";
  return {
    say: (text) => {
      kept = `${kept}${text.endsWith("\n") ? text : `${text}\n`}`.slice(-MAX_CHARS);
    },
    text: () => kept,
  };
}
