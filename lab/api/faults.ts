/** Things that go wrong on purpose, as data: which requests or tasks they hit, how often, and before or after the effect. */
import { z } from "zod";
import { AppError } from "../../agents/base/errors.ts";

const shape = z.strictObject({
  /** `POST *clone`, `GET /cluster/nextid`: method and path, `*` for anything; `task qmclone`: a task by its type. */
  on: z.string().regex(/^(?:task \w+|(?:GET|POST|PUT|DELETE|\*) [^\s]+)$/),
  /** How often it strikes before it is used up. */
  times: z.number().int().positive().default(1),
  /** How many that fit pass first. */
  after: z.number().int().min(0).default(0),
  /** An answer in the place of the real one. */
  status: z.number().int().min(400).max(599).optional(),
  phrase: z.string().max(400).optional(),
  /** How a task ends. */
  exitstatus: z.string().max(400).optional(),
  /** The connection is cut in the place of an answer. */
  drop: z.boolean().optional(),
  /** Milliseconds that the answer or the task is late. */
  delay: z.number().int().min(0).optional(),
  /** The task never ends. */
  stuck: z.boolean().optional(),
  /** Whether what was asked for happens all the same. */
  effect: z.enum(["before", "after"]).default("before"),
});

export type Fault = z.infer<typeof shape>;
export type FaultInput = z.input<typeof shape>;

export type Faults = {
  arm(fault: FaultInput): void;
  /** The fault that strikes now, if one does; it is used up by that. `what`: `POST /nodes/...` or `task qmclone`. */
  strike(what: string): Fault | undefined;
  armed(): Fault[];
  clear(): void;
};

/** AppError `bad_config` for one that is malformed. */
export function createFaults(given: readonly FaultInput[] = []): Faults {
  let faults: Fault[] = [];
  const arm = (input: FaultInput) => {
    const parsed = shape.safeParse(input);
    if (!parsed.success) throw new AppError("bad_config", `a bad fault: ${z.prettifyError(parsed.error)}`);
    faults.push(parsed.data);
  };
  for (const fault of given) arm(fault);
  return {
    arm,
    strike: (what) => {
      for (const fault of faults) {
        if (!fits(fault.on, what)) continue;
        if (fault.after > 0) {
          fault.after -= 1;
          continue;
        }
        fault.times -= 1;
        faults = faults.filter(({ times }) => times > 0);
        return { ...fault };
      }
      return undefined;
    },
    armed: () => structuredClone(faults),
    clear: () => {
      faults = [];
    },
  };
}

/** Parts between stars, in order: linear in the text. */
function fits(pattern: string, what: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === what;
  if (!what.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop() ?? "";
  for (const part of rest) {
    const found = what.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return what.length - last.length >= at && what.endsWith(last);
}
