/** read_env: single settings by name, from a list; what is not on it might as well not exist. */
import { z } from "zod";
import { isSecretName, namesIn } from "../base/config.ts";
import { AppError } from "../base/errors.ts";
import { okResult } from "./command-result.ts";
import { defineTool } from "./tool.ts";

const READABLE = ["LLM_MODEL", "PROXMOX_NODES", "SSH_USER", "AGENT_ROLE", "TZ"];

export const readEnv = defineTool({
  name: "read_env",
  description: "Read a setting; without a name list them.",
  input: z.strictObject({ name: z.string().min(1).max(200).optional() }),
  example: { name: "PROXMOX_NODES" },
  effect: () => "read",
  target: ({ name }) => name ?? "all",
  async run({ name }, { env, redactor }) {
    const released = namesIn(env["READABLE_ENV"] ?? "").filter((candidate) => !isSecretName(candidate));
    const readable = [...new Set([...READABLE, ...released])];
    if (name === undefined) return okResult(redactor(namesOf(readable, env)));
    const value = env[name] || undefined;
    if (readable.includes(name))
      return okResult(redactor(value === undefined ? `${name} is not set.` : `${name}=${value}`));
    if (/^TF_VAR_\w+$/.test(name) && value !== undefined)
      return okResult(redactor(`${name} is set (value hidden).`));
    throw new AppError(
      "not_found",
      `${name} is not readable for agents, whether it is set or not. Readable: ${readable.join(", ")}.`,
    );
  },
});

/** Values are asked for one by one; of TF_VAR_ only that they are set. */
function namesOf(readable: readonly string[], env: Readonly<Record<string, string | undefined>>): string {
  const hidden = Object.keys(env).filter(
    (name) => /^TF_VAR_\w+$/.test(name) && env[name] && !readable.includes(name),
  );
  return [
    ...readable.map((name) => `${name}: ${env[name] ? "set" : "not set"}`),
    ...hidden.sort().map((name) => `${name}: set (value hidden)`),
  ].join("\n");
}
