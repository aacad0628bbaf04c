/** Turns of a role, played into its thread by the code that its agent runs: journals in memory, replies and results as they are given. */
import type { TurnJournal } from "../bus/bus.ts";
import { type RecordedTurn, THREAD } from "../bus/journal-keys.ts";
import { turnsNamed } from "../bus/redis-thread.ts";
import type { Message } from "../protocol/message.ts";
import { ours, type Redacted } from "../redact/redacted.ts";
import { JournalWriter } from "../runtime/journal-writer.ts";
import type { ModelMessage } from "../runtime/model.ts";
import { type RecordedReply, recordOf } from "../runtime/recorded-reply.ts";
import type { Did } from "../runtime/step-notes.ts";
import type { Thread } from "../runtime/thread.ts";
import { fitThread, openThread, type ThreadParts } from "../runtime/thread-records.ts";
import type { ToolResult } from "../tools/tool.ts";

/** A call that was made, with its result; without one the turn was cut off in it. */
export type PlayedCall = {
  request: RecordedReply["calls"][number];
  did: Did;
  result: ToolResult | undefined;
};

type Work = { thread: Thread; journal: JournalWriter; message: Message; step: number };

const MEMORY = { record: async () => {} } as unknown as TurnJournal;
const { signal } = new AbortController();

export class ThreadPlayer {
  readonly #parts: ThreadParts;
  readonly #turns = new Map<string, RecordedTurn>();
  #names: string | undefined;
  #work: Work | undefined;
  /** How often the thread was cut. */
  evictions = 0;

  constructor(parts: ThreadParts) {
    this.#parts = parts;
  }

  begin(history: readonly Message[], tasks: readonly [Message, ...Message[]]): void {
    const [message] = tasks;
    const journal = new JournalWriter(MEMORY, new Map());
    const past = turnsNamed(this.#names).flatMap((id) => this.#turns.get(id) ?? []);
    const thread = openThread(this.#parts, { history, tasks, past, journal });
    this.#work = { thread, journal, message, step: 0 };
  }

  /** What the model is shown at the next step. */
  prompt(heard: readonly Message[] = []): ModelMessage[] {
    const work = this.#atWork();
    const { thread, journal, message } = work;
    work.step += 1;
    if (heard.length > 0) journal.noteAll({ [`heard:${work.step}`]: JSON.stringify(heard) });
    thread.hear(heard);
    const { redactor } = this.#parts;
    fitThread(thread, { journal, redactor, id: message.id, step: work.step });
    if (journal.all.has(`evicted:${work.step}`)) this.evictions += 1;
    return thread.messages;
  }

  async reply(text: Redacted, calls: readonly PlayedCall[] = [], correction?: Redacted): Promise<void> {
    const { thread, journal, step } = this.#atWork();
    const usage = { prompt: 0, cached: 0, cacheWrite: 0, completion: 0, reasoning: 0 };
    const requests = calls.map(({ request }, index) => ({ ...request, id: `${step}.${index + 1}` as const }));
    const reply = recordOf({ text, thoughts: [], calls: requests, usage });
    journal.note(`reply:${step}`, reply);
    thread.reply(reply);
    for (const [index, { did, result }] of calls.entries()) {
      const request = requests[index];
      if (!request || !result) break;
      journal.note(`intent:${request.id}`, { tool: request.tool, ...did });
      journal.note(`outcome:${request.id}`, result);
      await journal.flush(signal);
      thread.result(request, did, result);
    }
    if (!correction) return;
    journal.note(`correction:${step}`, correction);
    thread.correct(correction);
  }

  /** `status` as a journal has it. */
  end(status: string): void {
    const { journal, message } = this.#atWork();
    const entries = new Map(journal.all).set("status", status);
    this.#names = entries.get(THREAD) ?? this.#names;
    this.#turns.set(message.id, { messageId: message.id, entries });
    this.#work = undefined;
  }

  #atWork(): Work {
    if (!this.#work) throw new Error("no turn is at work");
    return this.#work;
  }
}

export function toolResult(stdout: string, more: Partial<ToolResult> = {}): ToolResult {
  const empty = ours("");
  return {
    kind: "ok",
    exitCode: 0,
    stdout: ours(stdout),
    stderr: empty,
    truncated: false,
    artifact: null,
    ...more,
  };
}
