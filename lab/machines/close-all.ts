/** Ends what was opened, the last first, each even when another fails. */

/** The returned function does its work once; later calls wait for the same end. Throws the first error at the end. */
export function closeAll(closers: readonly (() => Promise<void>)[]): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= run(closers.toReversed());
    return closing;
  };
}

async function run(closers: readonly (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const close of closers) await close().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}
