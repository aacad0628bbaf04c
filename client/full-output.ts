/** All that a numbered entry of the conversation holds, for the pager: inert, and with the operator's paths. */
import { closeSync, constants, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { Bus } from "../agents/bus/bus.ts";
import type { CallOutput } from "../agents/protocol/call-report.ts";
import type { Redactor } from "../agents/redact/redact.ts";
import { joinRedacted, type Redacted, redacted, rewrite } from "../agents/redact/redacted.ts";
import { operatorPaths } from "./operator-paths.ts";
import type { Openable } from "./shelf.ts";
import { inert } from "./terminal-safe.ts";

/** More of a file is read in an editor. */
const MAX_READ_BYTES = 2_000_000;
/** The name that a tool gives to its full output. */
const ARTIFACT = /^\/app\/docs\/tool_output\/([\w.-]+)$/;

export type OutputSources = {
  bus: Bus;
  redact: Redactor;
  signal: AbortSignal;
  /** Where the full outputs are on this machine. */
  outputsFolder: string;
};

/** Undefined when the turn has recorded nothing of it, or not yet. AppError `unavailable` while the store is away. */
export async function fullOutput(openable: Openable, sources: OutputSources): Promise<Redacted | undefined> {
  if (openable.kind === "text") return openable.text;
  const output = await sources.bus.callOutput(openable.call, { signal: sources.signal });
  return output && rewrite(textOf(output, sources), (it) => operatorPaths(inert(it)));
}

function textOf({ stdout, stderr, artifact }: CallOutput, sources: OutputSources): Redacted {
  const whole = (artifact && readArtifact(artifact, sources)) || undefined;
  const isOfErrors = artifact !== null && stderr.includes(artifact);
  const [out, errors] = isOfErrors ? [stdout, whole ?? stderr] : [whole ?? stdout, stderr];
  const parts = [out, errors && redacted`--- errors ---\n${errors}`].flatMap((part) => part || []);
  return joinRedacted(parts, "\n") || redacted`(it printed nothing)`;
}

/** What cannot be read here has its head and its tail in the journal. */
function readArtifact(artifact: string, { outputsFolder, redact }: OutputSources): Redacted | undefined {
  const name = ARTIFACT.exec(artifact)?.[1];
  if (name === undefined || name.startsWith(".")) return undefined;
  try {
    const file = openSync(join(outputsFolder, name), constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const buffer = Buffer.alloc(MAX_READ_BYTES);
      const bytes = readSync(file, buffer);
      const text = redact(buffer.toString("utf8", 0, bytes));
      return bytes < MAX_READ_BYTES ? text : redacted`${text}\n[... the rest is in docs/team/tool_output]`;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined; // not mounted here, or removed
  }
}
