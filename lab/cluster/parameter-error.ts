/** Errors of the API that are more than a sentence: a parameter that is refused, a status that only HTTP knows. */
import { AppError, type ErrorCode } from "../../agents/base/errors.ts";

/** Answered with 400 and what is wrong with each parameter. */
export class ParameterError extends AppError {
  readonly errors: Readonly<Record<string, string>>;

  constructor(errors: Readonly<Record<string, string>>) {
    const lines = Object.entries(errors).map(([name, problem]) => `${name}: ${problem}`);
    super("bad_arguments", `400 Parameter verification failed.\n${lines.join("\n")}`);
    this.errors = errors;
  }
}

/** Answered with just this status; the message is the reason phrase. */
export class StatusError extends AppError {
  readonly status: number;

  constructor(status: number, message: string, code: ErrorCode = "not_allowed") {
    super(code, message);
    this.status = status;
  }
}
