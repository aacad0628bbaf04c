/** The shape of JSON that nobody has checked: what is not as expected is nothing. */
import type { Fields } from "./spoken.ts";

export function objectOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function objectsIn(value: unknown): Fields[] {
  return listOf(value).filter((one): one is Fields => objectOf(one) !== undefined);
}
