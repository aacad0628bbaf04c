/** The arguments of one type of resource, out of `terraform providers schema -json`: as installed, not from memory. */
import { z } from "zod";
import { AppError } from "../base/errors.ts";

/** Of some large providers together; it is read once and dropped. */
export const MAX_SCHEMA_BYTES = 12 * 1024 ** 2;

const attributeShape = z.object({
  type: z.unknown().optional(),
  nested_type: z.unknown().optional(),
  description: z.string().optional(),
  required: z.boolean().optional(),
  optional: z.boolean().optional(),
  computed: z.boolean().optional(),
  sensitive: z.boolean().optional(),
  deprecated: z.boolean().optional(),
});
type Attribute = z.infer<typeof attributeShape>;

const blockShape = z.object({
  attributes: z.record(z.string(), attributeShape).default({}),
  get block_types() {
    return z.record(z.string(), nestedShape).default({});
  },
});
type Block = z.infer<typeof blockShape>;

const nestedShape = z.object({
  nesting_mode: z.string().optional(),
  min_items: z.number().optional(),
  max_items: z.number().optional(),
  block: blockShape,
});

/** Only the names are looked at before the wanted one is found. */
const schemasShape = z.object({
  provider_schemas: z
    .record(
      z.string(),
      z.object({
        resource_schemas: z.record(z.string(), z.unknown()).default({}),
        data_source_schemas: z.record(z.string(), z.unknown()).default({}),
      }),
    )
    .default({}),
});

const KINDS = { resource: "resource_schemas", "data source": "data_source_schemas" } as const;
const MAX_NAMES = 40;

/** One line an argument, nested blocks below their name. AppError `not_found` names what there is. */
export function schemaOf(json: unknown, type: string): string {
  const schemas = Object.entries(schemasShape.parse(json).provider_schemas);
  const found = schemas.flatMap(([provider, schema]) =>
    Object.entries(KINDS).flatMap(([kind, key]) =>
      Object.hasOwn(schema[key], type) ? [`${kind} ${type} of ${provider}\n${shown(schema[key][type])}`] : [],
    ),
  );
  if (found.length > 0) return found.join("\n\n");
  const all = [
    ...new Set(
      schemas.flatMap(([, schema]) => Object.values(KINDS).flatMap((key) => Object.keys(schema[key]))),
    ),
  ];
  const words = type.split("_").slice(1);
  const near = all.filter((name) => words.some((word) => name.includes(word))).sort();
  throw new AppError(
    "not_found",
    `The providers of this module have no "${type}". There is: ${(near.length > 0 ? near : all).slice(0, MAX_NAMES).join(", ") || "nothing yet; run init"}.`,
  );
}

function shown(schema: unknown): string {
  return linesOf(z.object({ block: blockShape }).parse(schema).block, "  ").join("\n");
}

function linesOf({ attributes, block_types }: Block, indent: string): string[] {
  return [
    ...Object.entries(attributes).map(([name, attribute]) => `${indent}${name}: ${ofAttribute(attribute)}`),
    ...Object.entries(block_types).flatMap(([name, { nesting_mode, min_items, max_items, block }]) => [
      `${indent}${name} { } block, ${nesting_mode ?? "single"}${range(min_items, max_items)}`,
      ...linesOf(block, `${indent}  `),
    ]),
  ];
}

function range(min = 0, max = 0): string {
  return `${min > 0 ? `, at least ${min}` : ""}${max > 0 ? `, at most ${max}` : ""}`;
}

function ofAttribute({ type, nested_type, description, ...flags }: Attribute): string {
  const written = JSON.stringify(type ?? nested_type ?? "object").replaceAll('"', "");
  const is = Object.entries(flags).flatMap(([flag, isSet]) => (isSet ? [flag] : []));
  const about = description ? `. ${description.replace(/\s+/g, " ").trim()}` : "";
  return `${written}, ${is.join(", ")}${about}`;
}
