/** What a transaction looks at, and what it decides to write: shapes. */

export type RedisCommand = readonly [name: string, ...args: (string | number)[]];

/**
 * What a transaction must have seen. One that `stands` is taken anew together with each of its writes, for the next
 * transaction with the same look.
 */
export type Look = { watch: readonly string[]; reads: readonly RedisCommand[]; stands?: true };

/** What a transaction does once it has seen what it watches: write, or end with a result and no write. */
export type Decision<T> = { write: RedisCommand[]; result: T } | { write?: undefined; result: T };
/** From the replies to what is read. It may be asked more than once. */
export type Decide<T> = (replies: unknown[]) => Decision<T>;
