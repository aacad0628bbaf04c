/** Counts the cases of a class of attacks as they are tried. */
import type { Tally } from "./attack-class.ts";

/** So many harms are told one by one; all are counted. */
const MAX_FINDINGS = 40;

export class Count {
  readonly #tally: Tally = { cases: 0, harm: 0, refused: 0, findings: [] };

  /** `harm` says what the case did; undefined when it did nothing that it must not. */
  add(name: string, { harm, isRefused }: { harm: string | undefined; isRefused: boolean }): void {
    this.#tally.cases++;
    if (isRefused) this.#tally.refused++;
    if (harm === undefined) return;
    this.#tally.harm++;
    if (this.#tally.findings.length < MAX_FINDINGS) this.#tally.findings.push(`${name}: ${harm}`);
  }

  get tally(): Tally {
    return this.#tally;
  }
}
