/**
 * The gate of "audit" access: a tool that a role may only look with. Whoever gets a tool from permissions.ts gets it
 * through this, so that no way of calling it, and no later life of a call, goes around it.
 */
import { AppError } from "../base/errors.ts";
import type { Tool } from "./tool.ts";

/** The same tool; a call that could change something is refused with its reason. */
export function audited(tool: Tool): Tool {
  const { audit, adopt } = tool;
  if (!audit) throw new Error(`${tool.name} does not say what a role that only looks may do with it`);
  const check = (input: unknown) => {
    const problem = audit(input);
    if (problem !== undefined) throw new AppError("not_allowed", problem);
  };
  return {
    ...tool,
    ...tool.looking,
    effect: () => "read",
    async run(input, context) {
      check(input);
      return await tool.run(input, { ...context, access: "audit" });
    },
    ...(adopt && {
      async adopt(input, context) {
        check(input);
        return await adopt(input, { ...context, access: "audit" });
      },
    }),
  };
}
