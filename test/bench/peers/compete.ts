/** The contender's side of the contest: it says when it is ready, then runs the task as often as it is asked to. */
import { finalReply } from "./task.ts";

/** `redis`: with the name and password of the operator, and of the role. */
export type Place = {
  baseUrl: string;
  projectDir: string;
  redis: { operator: string; role: string } | undefined;
};

/** Does the task in so many steps; resolves with the last thing that the model said. */
export type Contender = (steps: number) => Promise<string>;

/** One run of the task; times are of the whole run. */
export type Lap = { steps: number; wallMs: number; cpuMs: number };

/** Serves the parent process until it disconnects. */
export async function compete(create: (place: Place) => Promise<Contender>): Promise<void> {
  const [, , baseUrl = "", projectDir = "", operator, role] = process.argv;
  const redis = operator && role ? { operator, role } : undefined;
  const contender = await create({ baseUrl, projectDir, redis });
  process.on("message", ({ steps }: { steps: number }) => {
    runLap(contender, steps).then(
      (lap) => process.send?.(lap),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.once("disconnect", () => process.exit(0));
  process.send?.("ready");
}

async function runLap(contender: Contender, steps: number): Promise<Lap> {
  const began = performance.now();
  const cpuBefore = process.cpuUsage();
  const said = await contender(steps);
  const cpu = process.cpuUsage(cpuBefore);
  const wallMs = performance.now() - began;
  if (said !== finalReply(steps)) throw new Error(`the task was not done in ${steps} steps: ${said}`);
  return { steps, wallMs, cpuMs: (cpu.user + cpu.system) / 1_000 };
}
