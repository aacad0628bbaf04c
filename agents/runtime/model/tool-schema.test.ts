import { expect, test } from "vitest";
import { z } from "zod";
import { ROLES } from "../../protocol/roles.ts";
import { toolsOf } from "../../tools/permissions.ts";
import { toolDefinitions } from "../tool-call.ts";
import { offeredSchema, plainSchema } from "./tool-schema.ts";

/** Of every object in a value its keys, but not the names of arguments. */
function keywordsIn(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(keywordsIn);
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    if (key === "properties") return Object.values(value as object).flatMap(keywordsIn);
    return ["default", "enum"].includes(key) ? [key] : [key, ...keywordsIn(value)];
  });
}

test.each(ROLES)("%s offers its tools in keywords that all servers take, and briefly (E83, E84)", (role) => {
  const schemas = toolDefinitions(toolsOf(role)).map(({ parameters }) => parameters);
  const plain = ["type", "description", "enum", "default", "required"];
  const all = new Set([...plain, "properties", "items", "anyOf", "additionalProperties"]);
  expect(schemas.length).toBeGreaterThan(1);
  expect(keywordsIn(schemas).filter((keyword) => !all.has(keyword))).toEqual([]);
  for (const schema of schemas) {
    expect(schema).toMatchObject({ type: "object" });
    expect(schema).not.toHaveProperty("additionalProperties"); // the word alone is refused by some; the tool itself is strict
    expect(JSON.stringify(schema).length).toBeLessThan(1_000);
  }
});

test("patterns, lengths, bounds, references and names of keys stay with the tool, which checks them", () => {
  const input = z.strictObject({
    name: z.string().regex(/^\w+$/).min(1).max(30_000).describe("A name."),
    tags: z.array(z.string()).max(5_000).optional(),
    vars: z.record(z.string().regex(/^\w+$/), z.json()).default({}),
    step: z.int().min(1).default(1),
    kind: z.union([z.literal("a"), z.object({ b: z.boolean() })]),
  });
  expect(plainSchema(input)).toEqual({
    type: "object",
    properties: {
      name: { type: "string", description: "A name." },
      tags: { type: "array", items: { type: "string" } },
      vars: { type: "object", default: {}, additionalProperties: true },
      step: { type: "integer", default: 1 },
      kind: {
        anyOf: [
          { type: "string", enum: ["a"] },
          { type: "object", properties: { b: { type: "boolean" } }, required: ["b"] },
        ],
      },
    },
    required: ["name", "kind"],
  });
  expect(input.safeParse({ name: "a b", kind: "a" }).success).toBe(false);
});

test("an argument that is not offered is taken all the same", () => {
  const read = toolsOf("DevOps_Builder").get("read_file")?.tool.input ?? z.never();
  expect(Object.keys(offeredSchema(read)["properties"] as object)).toEqual(["path", "offset"]);
  expect(Object.keys(plainSchema(read)["properties"] as object)).toEqual(["path", "offset", "limit"]);
  expect(read.parse({ path: "/app/docs/x.md", limit: 20 })).toMatchObject({ limit: 20 });
});

test("what no plain schema can say is no schema of a tool", () => {
  expect(() => plainSchema(z.object({ pair: z.tuple([z.string(), z.number()]) }))).toThrow("prefixItems");
});
