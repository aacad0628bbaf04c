/** What we read of a Terraform state (format 4): which one it is, and the values that Terraform calls sensitive. */
import { z } from "zod";

const stepShape = z.object({ type: z.string(), value: z.unknown().optional() });
type Step = z.infer<typeof stepShape>;

const stateShape = z.object({
  version: z.literal(4),
  serial: z.number(),
  lineage: z.string(),
  outputs: z
    .record(z.string(), z.object({ value: z.unknown(), sensitive: z.boolean().optional() }))
    .default({}),
  resources: z
    .array(
      z.object({
        instances: z
          .array(
            z.object({
              attributes: z.unknown().optional(),
              sensitive_attributes: z.array(z.array(stepShape)).nullish(),
            }),
          )
          .default([]),
      }),
    )
    .nullish(),
});
type State = z.infer<typeof stateShape>;

export type StateHead = Pick<State, "lineage" | "serial">;

/** A larger one is not looked into: it would hold the process. */
export const MAX_STATE_BYTES: number = 8 * 1024 ** 2;
/** Objects and lists: it is they that take time. No state of that size has as many. */
const MAX_PARTS = 600_000;
const MAX_DEPTH = 100;

/** Undefined for what is no state of this format. */
export function stateHead(content: Buffer): StateHead | undefined {
  return parseState(content);
}

/** The texts in sensitive outputs and in sensitive attributes; of what is no state, none. */
export function sensitiveValues(content: Buffer): string[] {
  const state = parseState(content);
  if (!state) return [];
  const outputs = Object.values(state.outputs).filter(({ sensitive }) => sensitive);
  const instances = (state.resources ?? []).flatMap((resource) => resource.instances);
  const attributes = instances.flatMap(({ attributes: all, sensitive_attributes: paths }) =>
    (paths ?? []).map((path) => valueAt(all, path.slice(0, MAX_DEPTH))),
  );
  return [
    ...new Set([...outputs.map(({ value }) => value), ...attributes].flatMap((value) => textsIn(value))),
  ];
}

function parseState(content: Buffer): State | undefined {
  if (content.length > MAX_STATE_BYTES || partsOf(content) > MAX_PARTS) return undefined;
  try {
    return stateShape.safeParse(JSON.parse(content.toString())).data;
  } catch {
    return undefined; // not JSON
  }
}

/** Every brace and bracket, also within texts. */
function partsOf(content: Buffer): number {
  let parts = 0;
  for (let at = 0; at < content.length; at++) if (content[at] === 0x7b || content[at] === 0x5b) parts++;
  return parts;
}

/** `get_attr` has a name, `index` a key or a number in {value, type}; where the path ends early, what is there. */
function valueAt(value: unknown, [step, ...rest]: readonly Step[]): unknown {
  if (step === undefined || typeof value !== "object" || value === null) return value;
  const { value: key } = step;
  const name = typeof key === "object" && key !== null && "value" in key ? key.value : key;
  return valueAt((value as Record<string, unknown>)[String(name)], rest);
}

/** Of a value of any shape; `{value, type}` is how a state keeps one whose type is not fixed. */
function textsIn(value: unknown, depth = 0): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return [];
  const parts = Object.entries(value);
  const isTyped = parts.length === 2 && "value" in value && "type" in value;
  return isTyped ? textsIn(value.value, depth + 1) : parts.flatMap(([, part]) => textsIn(part, depth + 1));
}
