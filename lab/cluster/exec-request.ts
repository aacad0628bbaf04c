/** What a node asks of the cluster, checked at the border: which command of its own somebody ran. */
import { z } from "zod";
import { AppError } from "../../agents/base/errors.ts";

const file = z.strictObject({ size: z.number(), text: z.string().optional() });
const shape = z.strictObject({
  node: z.string(),
  argv: z.array(z.string()).min(1),
  files: z.record(z.string(), file).default({}),
  /** What it is given on its standard input. */
  input: z.string().default(""),
});

export type ExecRequest = z.infer<typeof shape>;

/** AppError `bad_arguments` for anything but `{"node": "pve1", "argv": ["qm", "list"]}`. */
export function parseExecRequest(json: string): ExecRequest {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new AppError("bad_arguments", "the request is not JSON", { cause });
  }
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AppError("bad_arguments", z.prettifyError(parsed.error));
}
