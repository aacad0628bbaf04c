/** How a simulated program ended; the exit codes are those of the real one. */

export type CommandOutcome = { exitCode: number; stdout: string; stderr: string };

export function succeeded(stdout = "", stderr = ""): CommandOutcome {
  return { exitCode: 0, stdout, stderr };
}

export function failed(exitCode: number, stderr: string): CommandOutcome {
  return { exitCode, stdout: "", stderr: stderr.endsWith("\n") ? stderr : `${stderr}\n` };
}

/** Of a program of a real node that the lab has not at all: EX_UNAVAILABLE of sysexits.h, which no shell gives. */
export const NOT_SIMULATED = 69;

/** A visible gap: real, but not part of the lab. Never a silent success. */
export function notSimulated(what: string, exitCode = 255): CommandOutcome {
  return failed(exitCode, `lab: '${what}' is not simulated`);
}

/** What `notSimulated` was told; undefined for every other outcome. */
export function gapOf({ stderr }: CommandOutcome): string | undefined {
  return /^lab: '([^\n]*)' is not simulated\n$/.exec(stderr)?.[1];
}
