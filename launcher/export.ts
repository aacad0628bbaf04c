/** `./minilab export [SESSION] [FILE]`: all that is recorded of a session, as JSON lines, for replay and for other programs. */
import { AppError } from "../agents/base/errors.ts";
import { findSession } from "./cost.ts";
import { SHAPES, withStore } from "./inspect.ts";
import { sessionLines } from "./recording/session-lines.ts";
import { writeRecording, writeRecordingFile } from "./recording/write-recording.ts";

/** Between two lines about how far it is. */
const PROGRESS_MS = 2_000;

/** Of the current session without a name; to standard output without a file, which nobody but its owner can read. */
export async function exportSession(args: string[], signal: AbortSignal): Promise<number> {
  const [wanted = "", file, more] = args;
  if (more !== undefined || args.some((arg) => arg.startsWith("-")))
    throw new AppError("bad_arguments", "./minilab export [SESSION] [FILE]");
  return await withStore(signal, async (store) => {
    const session = await findSession(store, wanted);
    const lines = sessionLines(store, { session, redactor: SHAPES });
    const options = { signal, onLine: progress() };
    if (file === undefined) await writeRecording(lines, process.stdout, options);
    else await writeRecordingFile(lines, file, options);
    return 0;
  });
}

function progress(): (line: number) => void {
  let toldMs = performance.now();
  return (line) => {
    if (performance.now() - toldMs < PROGRESS_MS) return;
    toldMs = performance.now();
    process.stderr.write(`${line} lines so far\n`);
  };
}
