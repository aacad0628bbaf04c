/** The console in a pipe: no colours, no status row; it leaves at the end of the input, unless it follows. */
import { redacted } from "../agents/redact/redacted.ts";
import { OperatorConsole } from "./operator-console.ts";
import { splitBurst } from "./pipe-input.ts";
import { PlainPrompt } from "./plain-prompt.ts";
import { createQuietTimer } from "./quiet-timer.ts";
import type { SessionOptions } from "./session.ts";
import { createPlainView, type Output } from "./view.ts";

export type PipeOptions = SessionOptions & {
  input: NodeJS.ReadableStream;
  output: Output;
  /** Stay when the input has ended. */
  isFollowing: boolean;
  /** All of the input is one message; nothing in it is acted on. */
  isOneText: boolean;
  /** Calls back at each Ctrl+C: where somebody sits at a terminal that only takes lines. */
  onInterrupt?: (listener: () => void) => void;
};

/** Resolves with the exit code: 1 when something entered was not sent. */
export async function runInPipe(options: PipeOptions): Promise<number> {
  const { promise: left, resolve: leave } = Promise.withResolvers<void>();
  const view = createPlainView(options.output);
  const { onInterrupt, redact, leaving } = options;
  const conversation = () => operator.conversation;
  const prompt = onInterrupt && new PlainPrompt({ conversation, redact, leaving });
  const onExit = () => leave();
  const operator = new OperatorConsole({ ...options, view, onExit, ...(prompt && { prompt }) });
  onInterrupt?.(() => prompt?.interrupt(() => operator.leave()));
  operator.conversation.say(options.banner);
  const finished = async () => {
    await operator.conversation.start();
    await Promise.race([left, readAll(options, operator, prompt)]);
    return (await operator.finish()) ? 0 : 1;
  };
  const code = await Promise.race([finished(), options.ended]);
  if (operator.unsent > 0)
    operator.conversation.problem(redacted`${operator.unsent} not sent; the log has it.`);
  return code;
}

/** Enter what comes, burst by burst; ends with the input, or never when it follows. */
async function readAll(
  { input, isFollowing, isOneText }: PipeOptions,
  operator: OperatorConsole,
  prompt: PlainPrompt | undefined,
): Promise<void> {
  let burst = "";
  const enterBurst = () => {
    const whole = burst;
    burst = "";
    if (prompt?.isAnswer(whole)) return;
    if (isOneText) operator.send(whole);
    else for (const text of splitBurst(whole)) operator.enter(text);
  };
  const quiet = createQuietTimer(enterBurst);
  input.setEncoding("utf8");
  for await (const chunk of input) {
    burst += chunk;
    if (!isOneText) quiet.restart();
  }
  quiet.cancel();
  enterBurst();
  if (isFollowing) await new Promise<never>(() => {});
}
