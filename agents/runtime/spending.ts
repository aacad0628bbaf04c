/** The role's account of a turn: each model call is added to the entry of the journal that is its ledger as well. */
import type { Config } from "../base/config.ts";
import { SPENT } from "../bus/journal-keys.ts";
import { parseJson } from "../protocol/message.ts";
import { addStep, type ModelEndpoint, type Spent, type Usage } from "../protocol/spending.ts";
import type { Redactor } from "../redact/redact.ts";
import type { JournalWriter } from "./journal-writer.ts";

/** Noted with the reply that it is for: a reply that was stored is never asked for, and never counted, again. */
export function noteSpent(journal: JournalWriter, endpoint: ModelEndpoint, usage: Usage): void {
  const before = journal.all.get(SPENT);
  const spent = before === undefined ? [] : (parseJson(before) as Spent[]); // written by this program alone
  journal.note(SPENT, addStep(spent, endpoint, usage));
}

/** As the operator set it. */
export function endpointOf(
  config: Pick<Config, "LLM_MODEL" | "OPENAI_API_BASE">,
  redactor: Redactor,
): ModelEndpoint {
  return { model: redactor(config.LLM_MODEL), server: redactor(new URL(config.OPENAI_API_BASE).host) };
}
