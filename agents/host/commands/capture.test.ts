import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FILE_BYTES, KEPT_BYTES, MODEL_BYTES } from "../../base/truncate.ts";
import { createRedactor, REDACTED } from "../../redact/redact.ts";
import { capture } from "./capture.ts";

const redactor = createRedactor([]);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "minilab-capture-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("captured output", () => {
  it("is the whole text, without a file, as long as it is short", async () => {
    const file = join(folder, "short.log");
    const output = await capture(Readable.from([Buffer.from("äö"), Buffer.from("ü\n")]), { file, redactor });
    expect(output).toEqual({ text: "äöü\n", totalBytes: 7, truncated: false, file: null });
    await expect(readFile(file)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("is head and tail, with everything in the file, when it is long", async () => {
    const text = Array.from({ length: 30_000 }, (_, index) => `row ${index}\n`).join("");
    const chunks = text.match(/[\s\S]{1,777}/g)?.map((chunk) => Buffer.from(chunk)) ?? [];
    const output = await capture(Readable.from(chunks), { file: join(folder, "long.log"), redactor });
    expect(output).toMatchObject({
      totalBytes: text.length,
      truncated: true,
      file: join(folder, "long.log"),
    });
    expect(output.text.startsWith("row 0\n")).toBe(true);
    expect(output.text.endsWith("row 29999\n")).toBe(true);
    expect(output.text.length).toBeLessThan(2 * KEPT_BYTES + 200);
    expect(await readFile(join(folder, "long.log"), "utf8")).toBe(text);
  });

  it("has a file with everything as soon as a model is not shown all of it (B04)", async () => {
    const text = Array.from({ length: 3_000 }, (_, index) => `row ${index}\n`).join("");
    const file = join(folder, "middle.log");
    const output = await capture(Readable.from([Buffer.from(text)]), { file, redactor });
    expect(output).toEqual({ text, totalBytes: text.length, truncated: false, file });
    expect(text.length).toBeGreaterThan(MODEL_BYTES);
    expect(text.length).toBeLessThan(2 * KEPT_BYTES);
    expect(await readFile(file, "utf8")).toBe(text);
  });

  it("stops the file at its limit and says so there", async () => {
    const chunk = Buffer.alloc(1024 * 1024, "x");
    const chunks = Array.from({ length: 55 }, () => chunk);
    const output = await capture(Readable.from(chunks), { file: join(folder, "huge.log"), redactor });
    const bytes = await readFile(join(folder, "huge.log"));
    expect(output.totalBytes).toBe(55 * 1024 * 1024);
    expect(bytes.length).toBeLessThan(FILE_BYTES + 100);
    expect(bytes.subarray(-30).toString()).toContain("cut here");
  });

  it("hides a secret in the file wherever it lies across chunks and blocks (F59, F69)", async () => {
    const secret = "correct-horse-battery-staple";
    const key = `-----BEGIN RSA PRIVATE KEY-----\n${"QUJD".repeat(800)}\n-----END RSA PRIVATE KEY-----`;
    const text = `${`${secret.repeat(40)}\n`.repeat(600)}${`${key}\n`.repeat(200)}`;
    const chunks = text.match(/[\s\S]{1,1009}/g)?.map((chunk) => Buffer.from(chunk)) ?? [];
    const options = { file: join(folder, "secret.log"), redactor: createRedactor([secret]) };
    await capture(Readable.from(chunks), options);
    const written = await readFile(options.file, "utf8");
    expect(written).toBe(text.replaceAll(secret, REDACTED).replaceAll(key, REDACTED));
  });

  it("neither follows nor replaces what is at the file's name", async () => {
    const target = join(folder, "precious");
    await writeFile(target, "keep");
    await symlink(target, join(folder, "taken.stdout.log"));
    const stream = Readable.from([Buffer.alloc(100_000, "x")]);
    const output = await capture(stream, { file: join(folder, "taken.stdout.log"), redactor });
    expect(output.file).toBe(join(folder, "taken-2.stdout.log"));
    expect(await readFile(target, "utf8")).toBe("keep");
  });

  it("goes on without a file when none can be written, and says so", async () => {
    const stream = Readable.from([Buffer.alloc(100_000, "x")]);
    const output = await capture(stream, { file: "/dev/null/x.log", redactor });
    expect(output).toMatchObject({ totalBytes: 100_000, truncated: true, file: null });
    expect(output.text).toContain("the full output could not be saved");
  });
});
