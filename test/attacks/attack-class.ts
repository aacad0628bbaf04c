/** What a class of attacks is, for `./minilab bench attacks`: it tries each case for real and counts what got through. */

/** `harm`: cases in which something happened that must not; judged by its effect, never by what was answered. */
export type Tally = {
  cases: number;
  harm: number;
  /** Cases that were answered with a refusal; the rest came to nothing by themselves. */
  refused: number;
  /** One line for each harm, for people: the case and what it did. */
  findings: string[];
  /** Further figures of the class, by name. */
  figures?: Readonly<Record<string, number>>;
  /** A demand of the class other than no harm that was not met: a guard that refuses everything is none. */
  missed?: string;
};

export type AttackOptions = {
  /** For generated cases: the same seed gives the same cases. */
  seed: number;
  /** One of `layers`, taken out of the way for a negative control; never by a switch in the product. */
  without?: string;
  signal: AbortSignal;
};

export type AttackClass = {
  name: string;
  /** The guards whose absence this class must notice. */
  layers: readonly string[];
  /** Rejects when it cannot be tried here: a missing tool or isolation is a failure, never a skip. */
  run(options: AttackOptions): Promise<Tally>;
};
