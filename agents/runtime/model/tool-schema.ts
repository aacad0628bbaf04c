/**
 * The schema of a tool as every server takes it. Servers make grammars of schemas (llama.cpp, LM Studio) or hand them
 * on to another API (gateways to Gemini), and refuse the whole request for one keyword: only plain ones are sent. What
 * is left out holds nevertheless: the tool's own schema, which is strict, checks each call.
 */
import { z } from "zod";
import { AppError } from "../../base/errors.ts";
import { UNTOLD } from "../../tools/tool.ts";

export type PlainSchema = { readonly [keyword: string]: unknown };

/**
 * Of what is in them; said to the model, and taken by all. Bounds are not, nor that nothing else is
 * taken (makers of grammars take nothing else anyhow, some gateways refuse the word): who errs is told it.
 */
const KEPT = ["type", "description", "enum", "default", "required"] as const;
/** They say more than a plain schema can: a tool has to be described otherwise. */
const UNSENDABLE = ["allOf", "not", "if", "patternProperties", "prefixItems", "dependentSchemas"] as const;

type Schema = { readonly [keyword: string]: unknown };
/** Undefined where anything is allowed. */
type Cleaned = Schema | undefined;

/** Made once for each tool: it is asked for at every call. */
const made = new WeakMap<z.ZodType, PlainSchema>();

/** AppError `bad_config` for a schema that cannot be put in plain words. */
export function plainSchema(input: z.ZodType): PlainSchema {
  const known = made.get(input) ?? makePlain(input);
  made.set(input, known);
  return known;
}

/** What is sent of it: without the arguments that are taken and not offered. */
export function offeredSchema(input: z.ZodType): PlainSchema {
  const schema = plainSchema(input);
  const shape = input instanceof z.ZodObject ? (input.shape as Record<string, z.ZodType>) : {};
  const isOffered = ([name]: [string, unknown]) => !shape[name]?.meta()?.[UNTOLD];
  const properties = Object.entries((schema["properties"] ?? {}) as Schema).filter(isOffered);
  return { ...schema, properties: Object.fromEntries(properties) };
}

function makePlain(input: z.ZodType): PlainSchema {
  const { $defs = {}, ...schema } = z.toJSONSchema(input, { io: "input" }) as Schema;
  return clean(schema, $defs as Record<string, Schema>) ?? {};
}

function clean(schema: Schema, defs: Readonly<Record<string, Schema>>): Cleaned {
  const reference = schema["$ref"];
  if (typeof reference === "string") return inlined(reference, defs);
  const unsendable = UNSENDABLE.find((keyword) => keyword in schema);
  if (unsendable) throw new AppError("bad_config", `no server takes ${unsendable} in the schema of a tool`);
  const cleaned: Record<string, unknown> = {};
  for (const keyword of KEPT) if (keyword in schema) cleaned[keyword] = schema[keyword];
  if ("const" in schema) cleaned["enum"] = [schema["const"]];
  return { ...cleaned, ...partsOf(schema, defs) };
}

function partsOf(schema: Schema, defs: Readonly<Record<string, Schema>>): Schema {
  const { properties, items, additionalProperties: others } = schema;
  const choices = schema["anyOf"] ?? schema["oneOf"];
  return {
    ...(isSchema(properties) && { properties: cleanEach(properties, defs) }),
    ...(isSchema(items) && { items: clean(items, defs) ?? {} }),
    ...(Array.isArray(choices) && { anyOf: choices.map((choice) => clean(choice, defs) ?? {}) }),
    ...(others !== undefined &&
      others !== false && {
        additionalProperties: isSchema(others) ? (clean(others, defs) ?? true) : others,
      }),
  };
}

function cleanEach(properties: Schema, defs: Readonly<Record<string, Schema>>): Schema {
  const entries = Object.entries(properties as Record<string, Schema>);
  return Object.fromEntries(entries.map(([name, schema]) => [name, clean(schema, defs) ?? {}]));
}

/** What refers to itself, or to others that do, is any JSON. */
function inlined(reference: string, defs: Readonly<Record<string, Schema>>): Cleaned {
  const target = defs[reference.replace("#/$defs/", "")];
  return target && !JSON.stringify(target).includes('"$ref"') ? clean(target, defs) : undefined;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
