/**
 * Arguments whose meaning is clear in another type than the tool's schema has: "true" for true, "60" for 60, one tag for a
 * list of one. What is not clear stays as it is, for the schema to refuse.
 */
import type { PlainSchema } from "./model/tool-schema.ts";

const NUMBER = /^-?\d{1,15}(?:\.\d{1,15})?$/;

/** `schema` is that of the whole call. Null and "" for what may be left out are left out. */
export function coerceArguments(args: unknown, schema: PlainSchema): unknown {
  if (!isRecord(args)) return args;
  const properties = isRecord(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const entries = Object.entries(args)
    .filter(
      ([name, value]) => !isNothing(value) || required.includes(name) || !Object.hasOwn(properties, name),
    )
    .map(([name, value]) => [name, coerced(value, Object.hasOwn(properties, name) ? properties[name] : {})]);
  return Object.fromEntries(entries);
}

function isNothing(value: unknown): boolean {
  return value === null || value === "";
}

function coerced(value: unknown, schema: unknown): unknown {
  const type = isRecord(schema) ? schema["type"] : undefined;
  switch (type) {
    case "boolean":
      return value === "true" || value === "false" ? value === "true" : value;
    case "integer":
    case "number":
      return typeof value === "string" && NUMBER.test(value.trim()) ? Number(value) : value;
    case "string":
      return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
    case "array":
      return listOf(value);
    case "object":
      return parsed(value, isRecord);
    default:
      return value;
  }
}

/** A list as JSON, or one word; a text with a comma or a space may be anything. */
function listOf(value: unknown): unknown {
  const list = parsed(value, Array.isArray);
  return typeof list === "string" && /^[^\s,[\]{}]+$/.test(list) ? [list] : list;
}

function parsed(value: unknown, isWanted: (parsed: unknown) => boolean): unknown {
  if (typeof value !== "string") return value;
  try {
    const json: unknown = JSON.parse(value);
    return isWanted(json) ? json : value;
  } catch {
    return value; // for the schema to refuse
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
