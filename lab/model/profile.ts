/**
 * The strictness of a server as it was reported: what it refuses, and how its answers differ from OpenAI's. Data in
 * profiles/, each rule with its source. None of these servers was asked; a profile stands in front of the scripted model.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { AppError } from "../../agents/base/errors.ts";
import { parseJson } from "../../agents/protocol/message.ts";
import { HABIT_NAMES } from "./habits.ts";
import { RULE_NAMES, requestRule } from "./request-rules.ts";
import type { WireRequest } from "./rules/wire-request.ts";

const FOLDER = join(import.meta.dirname, "profiles");

const profile = z.strictObject({
  name: z.string(),
  title: z.string(),
  /** A name of a model that such a server has. */
  model: z.string(),
  /** For README: what its operator has to set. */
  needs: z.string(),
  /** By model: the rules that the client of commit 60652a0 broke, in recorded requests of it. */
  refusesOldClient: z.record(z.string(), z.array(z.enum(RULE_NAMES))),
  rules: z.array(
    z.strictObject({
      rule: z.enum(RULE_NAMES),
      with: z.unknown().optional(),
      /** Beginnings of names of models; without it all. */
      models: z.array(z.string()).optional(),
      status: z.number().int().default(400),
      /** `{what}` and `{param}` in its texts are filled in. */
      body: z.unknown(),
      source: z.url(),
    }),
  ),
  habits: z.array(
    z.strictObject({ habit: z.enum(HABIT_NAMES), with: z.unknown().optional(), source: z.url() }),
  ),
});
export type Profile = z.infer<typeof profile>;

export const PROFILE_NAMES = readdirSync(FOLDER)
  .map((file) => file.replace(".json", ""))
  .sort();

/** AppError `bad_arguments` for a name that there is none of; a ZodError for a bad file. */
export function loadProfile(name: string): Profile {
  if (!PROFILE_NAMES.includes(name))
    throw new AppError("bad_arguments", `no profile "${name}"; there are ${PROFILE_NAMES.join(", ")}`);
  return profile.parse(parseJson(readFileSync(join(FOLDER, `${name}.json`), "utf8")));
}

export type RefusedBy = { rule: Profile["rules"][number]["rule"]; status: number; body: unknown };

/** The first rule that a request breaks. */
export function refuse({ rules }: Profile, request: WireRequest): RefusedBy | undefined {
  for (const { rule, with: parameters, models, status, body } of rules) {
    const isMeant = models?.some((model) => String(request["model"]).startsWith(model)) ?? true;
    const refusal = isMeant ? requestRule(rule, parameters)(request) : undefined;
    if (refusal) return { rule, status, body: fill(body, refusal.what, refusal.param ?? "") };
  }
  return undefined;
}

function fill(value: unknown, what: string, param: string): unknown {
  if (typeof value === "string") return value.replaceAll("{what}", what).replaceAll("{param}", param);
  if (Array.isArray(value)) return value.map((item) => fill(item, what, param));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, what, param)]));
}
