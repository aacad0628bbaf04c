/** The numbers by which the kernel knows files, as long as it remembers them. */

export const ROOT = 1n;

export class NodeIds {
  /** `path` undefined: it is gone, and whoever has it open has nothing any more. */
  readonly #paths = new Map<bigint, { path: string | undefined; lookups: bigint }>();
  readonly #ids = new Map<string, bigint>([["", ROOT]]);
  #last = ROOT;

  /** Undefined for what nobody has looked up, and for what is gone. */
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
    if (known.path !== undefined) this.#ids.delete(known.path);
  }

  /** What was there before is gone. */
  move(from: string, to: string): void {
    const id = this.#ids.get(from);
    const known = id === undefined ? undefined : this.#paths.get(id);
    if (id === undefined || !known || from === to) return;
    this.drop(to);
    this.#ids.delete(from);
    this.#ids.set(to, id);
    known.path = to;
  }

  /** Of what is gone: one of the same name is another file. */
  drop(path: string): undefined {
    const id = this.#ids.get(path);
    const known = id === undefined ? undefined : this.#paths.get(id);
    if (known) known.path = undefined;
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
