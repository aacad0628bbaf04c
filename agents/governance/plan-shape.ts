/** The parts of `terraform show -json` of a plan that say what it does (developer.hashicorp.com, JSON output format 1.x). */
import { z } from "zod";

const expression = z.looseObject({ constant_value: z.unknown().optional() });
const expressions = z.record(z.string(), z.unknown());

const changeShape = z.object({
  address: z.string(),
  previous_address: z.string().optional(),
  mode: z.string().optional(),
  type: z.string().optional(),
  provider_name: z.string().optional(),
  deposed: z.string().optional(),
  action_reason: z.string().optional(),
  change: z.object({
    actions: z.array(z.string()),
    before: z.unknown().optional(),
    after: z.unknown().optional(),
    importing: z.object({ id: z.string().optional() }).nullish(),
    replace_paths: z.array(z.array(z.unknown())).nullish(),
  }),
});

export const planShape = z.object({
  format_version: z.string().optional(),
  errored: z.boolean().optional(),
  resource_changes: z.array(changeShape).optional(),
  output_changes: z.record(z.string(), z.object({ actions: z.array(z.string()) })).default({}),
  deferred_changes: z.array(z.unknown()).default([]),
  action_invocations: z.array(z.unknown()).default([]),
  deferred_action_invocations: z.array(z.unknown()).default([]),
  prior_state: z.unknown().optional(),
  configuration: z.unknown().optional(),
});

export type ResourceChange = z.infer<typeof changeShape>;
export type Plan = z.infer<typeof planShape>;
export type Values = Readonly<Record<string, unknown>>;

export function isValues(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const configuredShape = z.object({
  address: z.string(),
  mode: z.string().optional(),
  type: z.string().optional(),
  expressions: expressions.optional(),
  provisioners: z.array(z.object({ type: z.string(), expressions: expressions.optional() })).default([]),
});
export type Configured = z.infer<typeof configuredShape>;

/** Deeper ones are nobody's. */
const MAX_MODULES_DEEP = 40;

/** The resources and data sources of all modules by their address without indexes; undefined when they are not told. ZodError. */
export function configuredIn({ configuration }: Plan): ReadonlyMap<string, Configured> | undefined {
  const root = isValues(configuration) ? configuration["root_module"] : undefined;
  if (!isValues(root)) return undefined;
  const found = new Map<string, Configured>();
  collect(root, "", { found, depth: 0 });
  return found;
}

type Into = { found: Map<string, Configured>; depth: number };

function collect(module: Values, prefix: string, { found, depth }: Into): void {
  if (depth > MAX_MODULES_DEEP) throw new RangeError("modules are nested too deeply");
  for (const resource of z.array(configuredShape).parse(module["resources"] ?? []))
    found.set(prefix + resource.address, resource);
  const calls = module["module_calls"];
  if (!isValues(calls)) return;
  for (const [name, call] of Object.entries(calls)) {
    const inner = isValues(call) ? call["module"] : undefined;
    if (isValues(inner)) collect(inner, `${prefix}module.${name}.`, { found, depth: depth + 1 });
  }
}

const stateShape = z.object({
  address: z.string(),
  mode: z.string(),
  type: z.string(),
  provider_name: z.string().optional(),
  values: z.unknown().optional(),
});
export type Stated = z.infer<typeof stateShape>;

/** What was read when the plan was made; undefined when it is not told. ZodError. */
export function dataReadBefore({ prior_state: state }: Plan): Stated[] | undefined {
  const values = isValues(state) ? state["values"] : undefined;
  const root = isValues(values) ? values["root_module"] : undefined;
  return isValues(root) ? dataIn(root, 0) : undefined;
}

function dataIn(module: Values, depth: number): Stated[] {
  if (depth > MAX_MODULES_DEEP) throw new RangeError("modules are nested too deeply");
  const own = z.array(stateShape).parse(module["resources"] ?? []);
  const children = z.array(z.unknown()).parse(module["child_modules"] ?? []);
  return [
    ...own.filter(({ mode }) => mode === "data"),
    ...children.filter(isValues).flatMap((child) => dataIn(child, depth + 1)),
  ];
}

/** Of an argument that is written out in the configuration, else undefined. */
export function constantOf(of: Values | undefined, name: string): unknown {
  const parsed = expression.safeParse(of?.[name]);
  return parsed.success ? parsed.data.constant_value : undefined;
}
