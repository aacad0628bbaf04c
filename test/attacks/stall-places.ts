/**
 * Where an agent or a console reads what strangers wrote, each as the product does it, and how long a text it takes
 * in there: pages, what commands print, files. What is said is in stall-speech.ts.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { isAppError } from "../../agents/base/errors.ts";
import { capture } from "../../agents/host/commands/capture.ts";
import { MarkFilter } from "../../agents/host/nodes/mark-filter.ts";
import { readInWorker } from "../../agents/host/web/read-in-worker.ts";
import { readableText } from "../../agents/host/web/readable-text.ts";
import { createRedactor } from "../../agents/redact/redact.ts";
import { escapeForgedTurns } from "../../agents/runtime/escape-forged-turns.ts";
import { openTestWorkspace } from "../../agents/testing/workspace.ts";
import { findPlaybook } from "../../agents/tools/ansible-playbook.ts";
import { pageResult } from "../../agents/tools/fetch-webpage.ts";
import { readFile as readFileTool } from "../../agents/tools/read-file.ts";
import { openModule } from "../../agents/tools/terraform-module.ts";
import type { ToolContext } from "../../agents/tools/tool.ts";

export type Place = {
  name: string;
  /** The longest text that it takes in, in characters. */
  limit: number;
  /** Is taken in: else all the rest would be refused for the wrong reason. */
  sample: string;
  /** Rejects when it refuses the text. */
  read(text: string): Promise<unknown> | unknown;
};

/** Without it pages are read in the agent's own thread, long ones redacted at once, or turns looked for as in the first version. */
export const STALL_LAYERS = ["worker", "blocks", "linear"] as const;
export type Guards = { without?: string | undefined; signal: AbortSignal };

/** Of a team with many secrets. */
const SECRETS = Array.from(
  { length: 30 },
  (_, index) => `S3cr3t-${(index * 7_919 + 13).toString(36)}/x+${index}`,
);
export const redactor = createRedactor(SECRETS);

/** `directory` is for what the places write. */
export async function placesOfTools(directory: string, guards: Guards): Promise<Place[]> {
  const lab = await openTestWorkspace(directory);
  const context = { ...(await lab.context({ processes: await lab.runner("none") })), redactor };
  return [...pages(context, guards), ...outputs(context, guards), ...files(context)];
}

function pages(context: ToolContext, { without, signal }: Guards): Place[] {
  const readable = async (text: string, isHtml: boolean) => {
    if (without !== "worker") return await readInWorker(text, { isHtml, signal, timeoutMs: 3_000 });
    const answer = await readableText(text, { isHtml });
    return answer.kind === "readable" ? answer.text : Promise.reject(new Error(answer.because));
  };
  const page = (isHtml: boolean, around: (text: string) => string) => async (text: string) => {
    const shown = await readable(around(text), isHtml);
    if (without === "blocks") return context.redactor(shown);
    return await pageResult(
      { url: "http://x/", status: 200, contentType: "text/html", text: shown },
      context,
    );
  };
  return [
    { name: "page of text", limit: 5_000_000, sample: "x", read: page(false, (text) => text) },
    { name: "page of HTML", limit: 999_000, sample: "x", read: page(true, (text) => text) },
    {
      name: "style of a page",
      limit: 99_000,
      sample: "a{}",
      read: page(true, (text) => `<style>${text}</style><p>x</p>`),
    },
  ];
}

function outputs({ artifacts, redactor }: ToolContext, { without }: Guards): Place[] {
  const file = join(artifacts.directory, "stall.log");
  const captured = async (stream: Readable) => {
    const { text } = await capture(stream, { file, redactor });
    await rm(file, { force: true });
    return without === "linear" ? firstVersion(text) : escapeForgedTurns(text);
  };
  return [
    {
      name: "tool result",
      limit: 1_000_000,
      sample: "x",
      read: (text) => captured(Readable.from(chunksOf(text, 65_536))),
    },
    {
      name: "SSH banner",
      limit: 200_000,
      sample: "x",
      read: (text) => captured(Readable.from(chunksOf(text, 1_024)).pipe(new MarkFilter(["mark-", "1"]))),
    },
  ];
}

/** An expression that the product no longer has. */
const POLYNOMIAL = String.raw`^(?=\s*User:)`;

function firstVersion(text: string): string {
  // Linear because it is not: this is the guard's absence.
  return text.replaceAll(new RegExp(POLYNOMIAL, "gm"), "| ");
}

function files(context: ToolContext): Place[] {
  const { workspace } = context;
  const module = join(workspace["/app/infra"], "stall");
  return [
    {
      name: "module",
      limit: 1_000_000,
      sample: "x",
      async read(text) {
        await mkdir(module, { recursive: true });
        await writeFile(join(module, "main.tf"), text);
        return await openModule(workspace, "/app/infra/stall");
      },
    },
    {
      name: "playbook",
      limit: 5_000_000,
      sample: "x",
      async read(text) {
        await writeFile(join(workspace["/app/config"], "stall.yml"), text);
        const missing = findPlaybook(workspace, "/app/config/none.yml");
        await missing.catch((error) => isAppError(error, "not_found") || Promise.reject(error));
      },
    },
    {
      name: "file that is read",
      limit: 5_000_000,
      sample: "x",
      async read(text) {
        await writeFile(join(workspace["/app/docs"], "stall.md"), text);
        const input = readFileTool.input.parse({ path: "/app/docs/stall.md", limit: 10_000 });
        return await readFileTool.run(input, context);
      },
    },
  ];
}

function* chunksOf(text: string, size: number): Generator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
