/** The one error class of the project. Its code decides what happens next; nobody reads its message to decide. */

export type ErrorCode =
  | "bad_config" // nobody here can fix it: shown once, the process exits
  | "missing_requirement" // a program, file or mount that this role needs is absent
  | "bad_arguments" // the model can fix it: the arguments of a tool call
  | "not_allowed" // the model can fix it: outside of what its role may touch
  | "not_found" // the model can fix it: no such file, host or module
  | "conflict" // the model can fix it: the thing changed since it was looked at
  | "unknown_recipient" // the speaker can fix it: a mention that names nobody
  | "stale" // written under an old epoch, an old session or a lost lease
  | "unavailable" // a service is away: Redis, the model, a node
  | "cancelled"; // the operator, a shutdown or a superseding run ended it

export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

/** The text of anything thrown, for a log line or a result; never for a decision. */
export function describeError(error: unknown): string {
  if (isFailedCommand(error)) return error.stderr.trim() || howEnded(error);
  return error instanceof Error ? error.message : String(error);
}

type FailedCommand = Error & { stderr: string; code: number | null; signal: string | null };

const howEnded = ({ code, signal }: FailedCommand) =>
  code === null ? `ended by ${signal}` : `exit code ${code}`;

/** As execFile rejects; its message begins with the whole command line, of whatever length. */
function isFailedCommand(error: unknown): error is FailedCommand {
  return (
    error instanceof Error &&
    "cmd" in error &&
    "stderr" in error &&
    error.message.startsWith("Command failed")
  );
}
