/** What one command may take of the machine: limits of the kernel for each of its processes, set by prlimit(1). */
import { availableParallelism } from "node:os";
import type { CommandSpec } from "./command.ts";

/** Processes of a call, and in a container the threads of all calls: terraform with its providers has about 60. */
export const MAX_PROCESSES = 512;
/** Of a whole call; the runner counts. */
export const MAX_TREE_BYTES: number = 4 * 1024 ** 3;
/**
 * Private writable memory of one process. Not its address space: Go and Node reserve many gigabytes of that and
 * use little.
 */
const MAX_DATA_BYTES = 2 * 1024 ** 3;
const MAX_FILE_BYTES = 1024 ** 3;
const MAX_OPEN_FILES = 1_024;

/** Stands before a command. CPU time is what its time limit leaves on this machine; there are no core dumps. */
export function limitArguments(
  { timeoutMs }: Pick<CommandSpec, "timeoutMs">,
  limits: { processes: boolean } = { processes: true },
): string[] {
  const cpuSeconds = Math.ceil(timeoutMs / 1_000) * availableParallelism();
  return [
    ...[
      "prlimit",
      "--core=0",
      `--cpu=${cpuSeconds}`,
      `--data=${MAX_DATA_BYTES}`,
      `--fsize=${MAX_FILE_BYTES}`,
    ],
    `--nofile=${MAX_OPEN_FILES}`,
    ...(limits.processes ? [`--nproc=${MAX_PROCESSES}`] : []),
    "--",
  ];
}
