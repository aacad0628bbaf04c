/** read_env: single settings by name, from a list; what is not on it might as well not exist. */
import { z } from "zod";
import { isSecretName } from "../base/config.ts";
import { AppError } from "../base/errors.ts";
import { okResult } from "./command-result.ts";
import { defineTool } from "./tool.ts";

const READABLE = ["LLM_MODEL", "PROXMOX_NODES", "SSH_USER", "AGENT_ROLE", "TZ"];

export const readEnv = defineTool({
  name: "read_env",
  description: `Read one setting: ${READABLE.join(", ")}, TF_VAR_..., or a name the operator released.`,
  input: z.strictObject({ name: z.string().min(1).max(200) }),
  effect: () => "read",
  target: ({ name }) => name,
  async run({ name }, { env }) {
    const value = env[name] || undefined;
    const isVariable = /^TF_VAR_\w+$/.test(name);
    if (isVariable && value !== undefined && isSecretName(name))
      return okResult(`${name} is set (value hidden).`);
    const released = (env["READABLE_ENV"] ?? "").split(/[\s,]+/);
    const isReadable = isVariable || READABLE.includes(name) || released.includes(name);
    if (isReadable && value !== undefined && !isSecretName(name)) return okResult(`${name}=${value}`);
    throw new AppError("not_found", `${name} is not set, or not readable for agents.`);
  },
});
