/** The console on a terminal: wires keys, editor, screen and console together, and undoes it at the end. */
import type { Env } from "../agents/base/config.ts";
import { describeError } from "../agents/base/errors.ts";
import { type Redacted, redacted } from "../agents/redact/redacted.ts";
import { appendEntry, InputHistory, loadEntries } from "./input-history.ts";
import { ASK_PASTE_MARKS } from "./keys.ts";
import { INTERRUPT_HINT } from "./leaving.ts";
import { LineEditor } from "./line-editor.ts";
import { OperatorConsole } from "./operator-console.ts";
import { showInPager } from "./pager.ts";
import type { Question } from "./question.ts";
import { createQuietTimer } from "./quiet-timer.ts";
import { inColours, withoutColours } from "./render.ts";
import type { SessionOptions } from "./session.ts";
import { inertLine } from "./terminal-safe.ts";
import { type Footer, TerminalView } from "./terminal-view.ts";
import { EMPTY_LINE } from "./typed-line.ts";

export type TerminalOptions = SessionOptions & {
  input: NodeJS.ReadStream;
  output: NodeJS.WriteStream;
  historyFile: string;
  /** Of this process, for a program that it starts on the same terminal. */
  env: Env;
};

const PROMPT = "you> ";
const TICK_MS = 1_000;

/** Resolves with the exit code. */
export async function runOnTerminal(options: TerminalOptions): Promise<number> {
  const { input, output, historyFile, redact } = options;
  const left = Promise.withResolvers<number>();
  const save = (text: string) => {
    try {
      appendEntry(historyFile, redact(text));
    } catch (error) {
      operator.conversation.problem(
        redact(`What you enter cannot be kept for next time: ${describeError(error)}`),
      );
    }
  };
  const editor = new LineEditor(new InputHistory(loadEntries(historyFile), save), {
    onSubmit: (text) => operator.enter(text),
    onInterrupt: (isAgain) =>
      isAgain ? operator.leave() : operator.conversation.say(INTERRUPT_HINT[options.leaving]),
    onEnd: () => operator.leave(),
    onRedraw: () => view.clear(),
  });
  const paint = options.env["NO_COLOR"] ? withoutColours : inColours;
  const view = new TerminalView(output, () => footerOf(editor, operator.statusLine(Date.now())), paint);
  const prompt = {
    ask: (question: Question) => {
      editor.question = question;
    },
    restore: (text: string) => editor.restore(text),
    page: async (text: Redacted) => {
      unlisten();
      view.suspend();
      const isShown = await showInPager(text, options.env, options.signal);
      unlisten = listen(wires);
      view.resume();
      if (!isShown) operator.conversation.say(redacted`\n${text}`);
    },
  };
  const onExit = () => left.resolve(operator.unsent === 0 ? 0 : 1);
  const operator = new OperatorConsole({ ...options, view, prompt, onExit });
  const wires = { input, output, editor, view, onHangUp: () => left.resolve(1) };
  let unlisten = listen(wires);
  try {
    output.write(ASK_PASTE_MARKS);
    operator.conversation.say(options.banner);
    operator.conversation.start().catch(left.reject);
    return await Promise.race([left.promise, options.ended]);
  } finally {
    if (operator.unsent > 0)
      operator.conversation.problem(redacted`${operator.unsent} not sent; Up brings it back next time.`);
    unlisten();
    view.close();
  }
}

function footerOf(editor: LineEditor, status: string): Footer {
  if (editor.question) return { status, prompt: `${inertLine(editor.question.text)} `, line: EMPTY_LINE };
  return { status, prompt: PROMPT, line: editor.line };
}

type Wires = {
  input: NodeJS.ReadStream;
  output: NodeJS.WriteStream;
  editor: LineEditor;
  view: TerminalView;
  onHangUp: () => void;
};

/** Raw keys from now on; returns the way back. */
function listen({ input, output, editor, view, onHangUp }: Wires): () => void {
  const quiet = createQuietTimer(() => {
    editor.settle();
    view.refresh();
  });
  const onData = (chunk: string) => {
    editor.feed(chunk);
    quiet.restart();
    view.refresh();
  };
  const onResize = () => view.refresh();
  const ticking = setInterval(() => view.tick(), TICK_MS);
  input.setEncoding("utf8").setRawMode(true);
  input.on("data", onData).once("end", onHangUp).resume();
  output.on("resize", onResize);
  return () => {
    clearInterval(ticking);
    quiet.cancel();
    output.off("resize", onResize);
    input.off("data", onData).off("end", onHangUp).pause();
    input.setRawMode(false);
  };
}
