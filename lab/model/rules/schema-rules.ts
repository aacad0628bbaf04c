/** Rules about the schemas of tools. */
import { z } from "zod";
import { firstOf, nothing, rule, type WireRequest, words } from "./wire-request.ts";

export const SCHEMA_RULES = {
  "schema-without": rule(
    z.strictObject({ keywords: words }),
    ({ keywords }) =>
      (request) =>
        firstOf(schemaNodes(request), ({ node, where }) => {
          const keyword = keywords.find((one) => one in node);
          return keyword === undefined ? undefined : `${where}: ${keyword}`;
        }),
  ),
  "schema-bounds-below": rule(
    z.strictObject({ limit: z.number() }),
    ({ limit }) =>
      (request) =>
        firstOf(schemaNodes(request), ({ node, where }) => {
          const bound = ["maxLength", "maxItems", "minLength", "minItems"].find(
            (one) => Number(node[one]) >= limit,
          );
          return bound === undefined ? undefined : `${where}: ${bound} ${node[bound]}`;
        }),
  ),
  "schema-pattern-plain": rule(
    z.strictObject({ without: words }),
    ({ without }) =>
      (request) =>
        firstOf(schemaNodes(request), ({ node, where }) => {
          const part = without.find((one) => String(node["pattern"] ?? "").includes(one));
          return part === undefined ? undefined : `${where}: pattern with ${part}`;
        }),
  ),
  "schema-pattern-anchored": rule(
    nothing,
    () => (request) =>
      firstOf(schemaNodes(request), ({ node, where }) => {
        const pattern = node["pattern"];
        if (typeof pattern !== "string" || (pattern.startsWith("^") && pattern.endsWith("$")))
          return undefined;
        return `${where}: the pattern ${pattern}`;
      }),
  ),
  "schema-has-properties": rule(
    nothing,
    () => (request) =>
      firstOf(schemaNodes(request), ({ node, where }) => {
        const isEmpty = node["type"] === "object" && Object.keys(node["properties"] ?? {}).length === 0;
        return isEmpty && !node["additionalProperties"]
          ? `${where}: an object without properties`
          : undefined;
      }),
  ),
  "tool-name-plain": rule(
    nothing,
    () => (request) =>
      firstOf(request.tools, (one) => {
        const name = String(one.function["name"]);
        return /^[\w-]{1,64}$/.test(name) ? undefined : `the tool name ${name}`;
      }),
  ),
  "tool-text-short": rule(
    z.strictObject({ limit: z.number() }),
    ({ limit }) =>
      (request) =>
        firstOf(request.tools, (one) => {
          const length = String(one.function["description"] ?? "").length;
          return length <= limit
            ? undefined
            : `the description of ${one.function["name"]} has ${length} characters`;
        }),
  ),
  "schema-root-object": rule(
    nothing,
    () => (request) =>
      firstOf(request.tools, (one) => {
        const root = z.record(z.string(), z.unknown()).safeParse(one.function.parameters).data ?? {};
        const isPlain = root["type"] === "object" && !("anyOf" in root || "oneOf" in root || "allOf" in root);
        return isPlain ? undefined : `parameters of ${one.function["name"]} are no plain object`;
      }),
  ),
} as const;

type SchemaNode = { node: Record<string, unknown>; where: string };

/** Every object within the schemas, with the place where it stands; a property's name is no keyword. */
function schemaNodes({ tools }: WireRequest): SchemaNode[] {
  return tools.flatMap((one) => nodesOf(one.function.parameters, String(one.function["name"]), false));
}

function nodesOf(value: unknown, where: string, isMap: boolean): SchemaNode[] {
  if (Array.isArray(value)) return value.flatMap((item, at) => nodesOf(item, `${where}.${at}`, false));
  if (typeof value !== "object" || value === null) return [];
  const node = value as Record<string, unknown>;
  const within = Object.entries(node).flatMap(([key, item]) =>
    nodesOf(item, `${where}.${key}`, !isMap && ["properties", "$defs", "definitions"].includes(key)),
  );
  return isMap ? within : [{ node, where }, ...within];
}
