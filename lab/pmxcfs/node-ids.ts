/** The numbers by which the kernel knows files, as long as it remembers them. */

export const ROOT = 1n;

export class NodeIds {
  readonly #paths = new Map<bigint, { path: string; lookups: bigint }>();
  readonly #ids = new Map<string, bigint>([["", ROOT]]);
  #last = ROOT;

  /** Undefined for what nobody has looked up. */
  pathOf(id: bigint): string | undefined {
    return id === ROOT ? "" : this.#paths.get(id)?.path;
  }

  /** For an answer that hands the number out: the kernel tells when it forgets it. */
  remember(path: string): bigint {
    const id = this.idOf(path);
    const known = this.#paths.get(id);
    if (known) known.lookups++;
    return id;
  }

  forget(id: bigint, lookups: bigint): void {
    const known = this.#paths.get(id);
    if (!known) return;
    known.lookups -= lookups;
    if (known.lookups > 0n) return;
    this.#paths.delete(id);
    if (this.#ids.get(known.path) === id) this.#ids.delete(known.path);
  }

  /** What was there before is gone. */
  move(from: string, to: string): void {
    const id = this.#ids.get(from);
    const known = id === undefined ? undefined : this.#paths.get(id);
    if (id === undefined || !known) return;
    this.#ids.delete(from);
    this.#ids.set(to, id);
    known.path = to;
  }

  /** Of what is gone: one of the same name is another file. */
  drop(path: string): undefined {
    this.#ids.delete(path);
  }

  idOf(path: string): bigint {
    const known = this.#ids.get(path);
    if (known !== undefined) return known;
    this.#last++;
    this.#ids.set(path, this.#last);
    this.#paths.set(this.#last, { path, lookups: 0n });
    return this.#last;
  }
}
