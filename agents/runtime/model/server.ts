/**
 * One model server, with what was learned about it: asks in its dialect, reads what it says, changes the dialect when
 * it refuses. It does not wait and tries nothing twice.
 */
import { addTokens, type Usage } from "../../protocol/spending.ts";
import { type Adapted, type Asked, adapt } from "./adapt.ts";
import { type Dialect, firstDialect } from "./dialect.ts";
import type { EndpointError } from "./endpoint-error.ts";
import type { Api, Effort } from "./exchange.ts";
import { type Gate, sendThrough } from "./gate.ts";
import { type Endpoint, type PostOptions, post } from "./post.ts";
import { rateIn } from "./rate-headers.ts";
import { readAnswer } from "./read-answer.ts";
import { readChat } from "./read-chat.ts";
import { readResponses } from "./read-responses.ts";
import { type BoundTool, requestOf } from "./request-body.ts";
import { looksCut, PROBE, silentCut, wasCut } from "./silent-cut.ts";
import type { Said, Spoken } from "./spoken.ts";
import { orEstimate } from "./usage.ts";

export type ServerOptions = Endpoint & {
  model: string;
  api?: Api | undefined;
  reasoningEffort: Effort | undefined;
  maxOutputTokens: number;
  cacheKey: string;
} & Omit<PostOptions, "signal">;

export type Question = {
  spoken: readonly Spoken[];
  tools: readonly BoundTool[];
  signal: AbortSignal;
  gate?: Gate | undefined;
};

/** With the limit that the reply had, and all that it cost: a probe is paid as well. */
export type Answered = { said: Said; usage: Usage; maxOutputTokens: number };
type Exchanged = { said: Said; usage: Usage; maxOutputTokens: number };

export class Server {
  readonly #options: ServerOptions;
  #dialect: Dialect;
  #asked: Omit<Asked, "setEffort"> = { parameters: new Set(), promptTokens: 0, hadCalls: false };
  /** Tokens of a prompt that was probed and found whole: a longer one that counts more needs no probe. */
  #knownWhole = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#dialect = firstDialect(options);
  }

  /** Rejects with an EndpointError, with AppError `bad_config` for a prompt that was cut, or with the signal's reason. */
  async ask(question: Question): Promise<Answered> {
    const { said, maxOutputTokens, ...counted } = await this.#exchange(question);
    const { promptTokens } = this.#asked;
    let { usage } = counted;
    const { prompt } = said.usage;
    if (prompt > this.#knownWhole && looksCut(said.usage, promptTokens, this.#knownWhole > 0)) {
      const probed = (await this.#exchange(lengthened(question))).said.usage;
      if (wasCut(said.usage, probed)) throw silentCut(said.usage, promptTokens);
      usage = { ...usage, ...addTokens(usage, probed) };
      this.#knownWhole = prompt;
    }
    return { said, usage, maxOutputTokens };
  }

  /** After a refusal: what is asked otherwise from now on, in words; undefined when nothing would help. */
  mend(error: EndpointError): string | undefined {
    const asked = { ...this.#asked, setEffort: this.#options.reasoningEffort };
    const adapted: Adapted | undefined = adapt(this.#dialect, error, asked);
    if (adapted) this.#dialect = adapted.dialect;
    return adapted?.change;
  }

  async #exchange({ spoken, tools, signal, gate }: Question): Promise<Exchanged> {
    const { model, cacheKey, timeoutMs, maxBytes } = this.#options;
    const dialect = this.#dialect;
    const { path, body, asked, maxOutputTokens } = requestOf({ model, cacheKey, spoken, tools }, dialect);
    this.#asked = asked;
    const send = async () => {
      const answer = await post(this.#options, { path, body }, { signal, timeoutMs, maxBytes });
      const reply = readAnswer(answer);
      const said = Array.isArray(reply["choices"]) ? readChat(reply) : readResponses(reply);
      const usage = orEstimate(said.usage, asked.promptTokens, charsOf(said));
      return { said, usage, rate: rateIn(answer.headers) };
    };
    const size = { promptTokens: asked.promptTokens, outputTokens: maxOutputTokens };
    const { said, usage } = await sendThrough(gate, { size, signal, send });
    return { said, usage, maxOutputTokens };
  }
}

/** Of all that the model wrote, as far as the server has shown it. */
function charsOf({ text, thoughts, calls }: Said): number {
  const called = calls.map(({ name, args }) => name + JSON.stringify(args));
  return [text, ...thoughts, ...called].reduce((sum, each) => sum + each.length, 0);
}

function lengthened(question: Question): Question {
  const [first, ...others] = question.spoken;
  if (first?.role !== "system")
    return { ...question, spoken: [{ role: "system", content: PROBE }, ...question.spoken] };
  return { ...question, spoken: [{ ...first, content: first.content + PROBE }, ...others] };
}
