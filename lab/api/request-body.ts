/** What a request carries: a form, JSON, or a form with a file in it, whose bytes are counted and then let go. */

import type { IncomingMessage } from "node:http";
import { named, setNamed } from "../cluster/named.ts";
import { StatusError } from "../cluster/parameter-error.ts";
import { REPEATED } from "./parameters.ts";

const MAX_FORM_BYTES = 2 * 1024 * 1024;
const MAX_UPLOAD_BYTES = 512 * 1024 * 1024;
/** Of an upload: the fields before the file. */
const MAX_HEAD_BYTES = 64 * 1024;

/** Values by name. A file is two: `filename`, and its size in bytes as `tmpfilename`. StatusError 413 or 400. */
export async function readBody(request: IncomingMessage): Promise<Record<string, string>> {
  const type = request.headers["content-type"] ?? "";
  const boundary = /^multipart\/form-data;.*boundary="?([^";\s]{1,200})"?/.exec(type.slice(0, 400))?.[1];
  if (boundary) return readUpload(request, boundary);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_FORM_BYTES) throw new StatusError(413, "request entity too large");
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  if (type.startsWith("application/json")) return fromJson(text);
  return fromForm(text);
}

/** Of a form or a query: what is given more than once is joined. */
export function fromForm(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const before = named(values, name);
    setNamed(values, name, before === undefined ? value : `${before}${REPEATED}${value}`);
  }
  return values;
}

function fromJson(text: string): Record<string, string> {
  if (text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new StatusError(400, `malformed JSON: ${String(cause).slice(0, 80)}`, "bad_arguments");
  }
  if (typeof value !== "object" || value === null) return {};
  const plain = (one: unknown) =>
    typeof one === "boolean" ? (one ? "1" : "0") : Array.isArray(one) ? one.join(REPEATED) : String(one);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
}

/** The file is the last part, as browsers and Proxmox's own clients send it. */
async function readUpload(request: IncomingMessage, boundary: string): Promise<Record<string, string>> {
  let head = Buffer.alloc(0);
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_UPLOAD_BYTES) throw new StatusError(413, "request entity too large");
    if (head.length < MAX_HEAD_BYTES) head = Buffer.concat([head, chunk]).subarray(0, MAX_HEAD_BYTES);
  }
  const parts = head.toString("latin1").split(`--${boundary}`).slice(1);
  const values: Record<string, string> = {};
  for (const part of parts) {
    const end = part.indexOf("\r\n\r\n");
    const name = /name="([^"]{1,100})"/.exec(part.slice(0, Math.max(0, end)))?.[1];
    const file = /filename="([^"]{0,300})"/.exec(part.slice(0, Math.max(0, end)))?.[1];
    if (name === undefined || end < 0) continue;
    if (file === undefined)
      setNamed(values, name, Buffer.from(part.slice(end + 4, -2), "latin1").toString("utf8"));
    else {
      const before = head.toString("latin1").indexOf(part) + end + 4;
      values["filename"] = Buffer.from(file, "latin1").toString("utf8");
      values["tmpfilename"] = `/var/tmp/pveupload-${size - before - boundary.length - 8}`;
    }
  }
  return values;
}
