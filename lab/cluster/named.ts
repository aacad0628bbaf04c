/** What a name from outside stands for in a table: never what every object of this language has, such as `constructor`. */
export function named<T>(table: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return table && Object.hasOwn(table, name) ? table[name] : undefined;
}

/** As `table[name] = value`, for any name: `__proto__` too. */
export function setNamed<T>(table: Record<string, T>, name: string, value: NoInfer<T>): void {
  Object.defineProperty(table, name, { value, configurable: true, enumerable: true, writable: true });
}
