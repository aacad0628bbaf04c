import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { link, lstat, mkdir, readdir, readFile as readReal, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isAppError } from "../base/errors.ts";
import { MODEL_BYTES } from "../base/truncate.ts";
import { createRedactor } from "../redact/redact.ts";
import { createTestWorkspace, newCallId, type TestWorkspace } from "../testing/workspace.ts";
import { appendFile } from "./append-file.ts";
import { deleteFile } from "./delete-file.ts";
import { editFile } from "./edit-file.ts";
import { readFile } from "./read-file.ts";
import { saveFile } from "./save-file.ts";
import type { ToolContext } from "./tool.ts";

let lab: TestWorkspace;
let context: ToolContext;
let docsOnly: ToolContext;
beforeAll(async () => {
  lab = await createTestWorkspace();
  context = await lab.context();
  docsOnly = { ...context, role: "Architect_Zero", access: "docs" };
});
afterAll(() => lab.remove());

const real = (name: string) => join(lab.workspace["/app/infra"], name);
const save = (path: string, content: string, with_ = context) => saveFile.run({ path, content }, with_);
const append = (path: string, content: string, with_ = context) => appendFile.run({ path, content }, with_);
const remove = (path: string, with_ = context) => deleteFile.run({ path }, with_);
const read = (path: string, page: { offset?: number; limit?: number } = {}, with_ = context) =>
  readFile.run({ path, offset: 1, limit: 400, ...page }, with_);

describe("edit_file", () => {
  const edit = (path: string, old: string, replacement: string, with_ = context) =>
    editFile.run({ path, old, new: replacement }, with_);

  it("replaces one passage, as it stands, and nothing else (R18)", async () => {
    await save("/app/infra/edit.tf", "a = 1\nb = $& 2\nc = 3\n");
    expect((await edit("/app/infra/edit.tf", "$& 2", "$1 zwei")).stdout).toMatch(/^Edited at line 2; /);
    expect(await readReal(real("edit.tf"), "utf8")).toBe("a = 1\nb = $1 zwei\nc = 3\n");
    expect(await readdir(lab.workspace["/app/infra"])).not.toContainEqual(
      expect.stringMatching(/^\.minilab/),
    );
  });

  it("changes nothing when the passage is not there, or there twice, also overlapping (R18)", async () => {
    await save("/app/infra/twice.tf", "aba ba\n");
    const tries = [
      ["x", "not hold that passage"],
      ["ba", "more than once"],
    ] as const;
    for (const [old, why] of tries) await expect(edit("/app/infra/twice.tf", old, "y")).rejects.toThrow(why);
    await save("/app/infra/twice.tf", "aaa");
    await expect(edit("/app/infra/twice.tf", "aa", "y")).rejects.toThrow("more than once");
    expect(await readReal(real("twice.tf"), "utf8")).toBe("aaa");
  });

  it("edits no folder, no bytes that are no text, nothing outside of the role's folders (R18)", async () => {
    await writeFile(real("bytes"), Buffer.from([0x61, 0xff]));
    await expect(edit("/app/infra/bytes", "a", "b")).rejects.toThrow("no text in UTF-8");
    await expect(edit("/app/infra", "a", "b")).rejects.toThrow("is a folder");
    await expect(edit("/app/infra/none.tf", "a", "b")).rejects.toThrow("does not exist");
    await expect(edit("/app/infra/twice.tf", "aaa", "b", docsOnly)).rejects.toThrow("under /app/docs only");
  });
});

describe("the requirements", () => {
  it("are the Architect's alone, and the Builder is told so (R20)", async () => {
    await save("/app/docs/requirements.md", "1. two guests\n", docsOnly);
    for (const attempt of [
      () => save("/app/docs/requirements.md", "1. one guest\n"),
      () => append("/app/docs/./requirements.md", "2. nothing\n"),
      () => editFile.run({ path: "/app/docs/requirements.md", old: "two", new: "one" }, context),
      () => remove("/app/docs/requirements.md"),
    ])
      await expect(attempt()).rejects.toThrow("Architect_Zero's alone");
    expect((await read("/app/docs/requirements.md")).stdout).toBe("1. two guests\n");
  });
});

describe("save_file", () => {
  it("creates folders and the file, replaces what was there, and leaves no other file behind", async () => {
    await save("/app/infra/a/b/main.tf", "one");
    expect((await save("/app/infra/a/b/main.tf", "zwölf")).stdout).toBe("Saved 6 bytes.");
    expect(await readReal(real("a/b/main.tf"), "utf8")).toBe("zwölf");
    expect(await readdir(real("a/b"))).toEqual(["main.tf"]);
  });

  it("keeps the mode of a script", async () => {
    await writeFile(real("run.sh"), "x", { mode: 0o755 });
    await save("/app/infra/run.sh", "y");
    expect((await lstat(real("run.sh"))).mode & 0o777).toBe(0o755);
  });

  it.each([0o022, 0o002])("makes files and folders as open as umask %o says", async (umask) => {
    const before = process.umask(umask);
    try {
      await save(`/app/infra/${umask}/saved`, "x");
      await append(`/app/infra/${umask}/appended`, "x");
    } finally {
      process.umask(before);
    }
    const modes = ["", "saved", "appended"].map((name) => lstat(real(`${umask}/${name}`)));
    expect((await Promise.all(modes)).map(({ mode }) => mode & umask)).toEqual([0, 0, 0]);
    expect((await lstat(real(`${umask}/saved`))).mode & 0o777).toBe(0o666 & ~umask);
  });

  it("refuses more than 1 MB", async () => {
    await expect(save("/app/infra/big", "x".repeat(1_000_001))).rejects.toMatchObject({
      code: "bad_arguments",
    });
  });

  it("and run_shell agree on where a file is (F68)", async () => {
    await save("/app/infra/agree/x", "same");
    const { processes, call } = context;
    const spec = {
      cwd: "/app/infra",
      timeoutMs: 20_000,
      isolation: "workspace",
      callId: call.id,
      signal: call.signal,
    } as const;
    expect((await processes.run({ argv: ["cat", "agree/x"], ...spec })).stdout.text).toBe("same");
  });
});

describe("append_file", () => {
  it("creates a file and adds to its end, parallel calls included", async () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}\n`);
    await Promise.all(lines.map((line) => append("/app/infra/log.md", line)));
    const written = (await readReal(real("log.md"), "utf8")).split(/(?<=\n)/);
    expect(written.sort()).toEqual(lines.sort());
  });

  it("refuses to let a file grow beyond 1 MB", async () => {
    await save("/app/infra/full", "x".repeat(999_999));
    await expect(append("/app/infra/full", "yy")).rejects.toMatchObject({ code: "bad_arguments" });
  });
});

describe("delete_file", () => {
  it("deletes a file, and says when there is none", async () => {
    await save("/app/infra/gone", "x");
    await remove("/app/infra/gone");
    await expect(remove("/app/infra/gone")).rejects.toMatchObject({ code: "not_found" });
    await expect(remove("/app/infra")).rejects.toMatchObject({ code: "not_allowed" });
  });
});

describe("read_file", () => {
  it("returns a text that speaks of errors as the success it is (F44)", async () => {
    await save("/app/infra/log", "Error: it failed\nSTDERR: yes\n");
    expect(await read("/app/infra/log")).toMatchObject({
      kind: "ok",
      stdout: "Error: it failed\nSTDERR: yes\n",
    });
  });

  it("pages by lines and says how to go on", async () => {
    await save("/app/infra/long", Array.from({ length: 1_203 }, (_, index) => `l${index + 1}\n`).join(""));
    const first = await read("/app/infra/long");
    expect(first.stdout).toMatch(/^l1\n[\s\S]*\nl400\n\[lines 1-400 of 1,203; continue with offset 401\]$/);
    expect(first.truncated).toBe(true);
    const last = await read("/app/infra/long", { offset: 1_201 });
    expect(last.stdout).toBe("l1201\nl1202\nl1203\n[lines 1201-1203 of 1,203]");
    expect((await read("/app/infra/long", { offset: 2_000 })).stdout).toContain("there is no line 2000");
  });

  it("gives every line exactly once when its pages are read one after the other", async () => {
    const line = fc
      .string({ unit: "grapheme", maxLength: 3_000 })
      .map((text) => text.replaceAll(/[\0\n]/g, "x"));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 30 }), async (lines) => {
        const content = lines.map((text) => `${text}\n`).join("");
        await save("/app/infra/pages", content);
        expect(await readAllPages("/app/infra/pages")).toBe(content);
      }),
      { numRuns: 30 },
    );
  });

  it("cuts a page at 16 kB and a single endless line with a word about it", async () => {
    await save("/app/infra/wide", `${"x".repeat(999)}\n`.repeat(100));
    expect((await read("/app/infra/wide")).stdout).toMatch(/\[lines 1-16 of 100; continue with offset 17\]$/);
    await save("/app/infra/one", "ä".repeat(20_000));
    const { stdout } = await read("/app/infra/one");
    expect(stdout).toMatch(/\[lines 1-1 of 1; this line is longer than a page: its end is missing\]$/);
    expect(stdout).not.toContain("\ufffd");
  });

  it("leaves no part of a secret where it cuts a line (F70)", async () => {
    const secret = "canary-0123456789-abcdefghij";
    await writeFile(real("long.txt"), `${"x".repeat(MODEL_BYTES - 12)}${secret}${"y".repeat(5_000)}`);
    const careful = { ...context, redactor: createRedactor([secret]) };
    const { stdout } = await read("/app/infra/long.txt", {}, careful);
    expect(stdout).toMatch(/xxx\n\[lines 1-1 of 1; this line is longer/);
    expect(stdout).not.toContain("canary");
  });

  it("lists a folder, refuses what is no text", async () => {
    await save("/app/config/site.yml", "x");
    await save("/app/config/roles/a/tasks.yml", "x");
    expect((await read("/app/config")).stdout).toBe("/app/config/ has 2 entries\nroles/\nsite.yml");
    await writeFile(real("binary"), Buffer.from([1, 0, 2]));
    await expect(read("/app/infra/binary")).rejects.toMatchObject({ code: "not_allowed" });
  });
});

describe("what a role may touch", () => {
  it("docs access ends at /app/docs (F34)", async () => {
    await save("/app/docs/plan.md", "plan", docsOnly);
    expect((await read("/app/docs/plan.md", {}, docsOnly)).stdout).toBe("plan");
    const attempts = [
      save("/app/infra/x", "x", docsOnly),
      append("/app/config/x", "x", docsOnly),
      read("/app/infra/run.sh", {}, docsOnly),
      save("/app/docs/../infra/x", "x", docsOnly),
    ];
    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ code: "not_allowed" });
  });

  it("the runtime's records can be read and not written (F39)", async () => {
    await writeFile(join(lab.workspace["/app/docs"], "execution_log_QA_Tester.md"), "log");
    await writeFile(join(lab.artifacts.directory, "c1.stdout.log"), "output");
    for (const path of ["/app/docs/execution_log_QA_Tester.md", "/app/docs/tool_output/c1.stdout.log"]) {
      expect((await read(path)).kind).toBe("ok");
      for (const attempt of [save(path, "x"), append(path, "x"), remove(path)]) {
        await expect(attempt).rejects.toMatchObject({ code: "not_allowed" });
      }
    }
  });
});

describe("links and special files (F61)", () => {
  const all = (path: string) => [
    () => save(path, "x"),
    () => append(path, "x"),
    () => read(path),
    () => remove(path),
  ];

  it("are refused by every tool, at the end of a path and on its way", async () => {
    const outside = join(lab.directory, "outside");
    await mkdir(outside);
    await writeFile(join(outside, "secret"), "secret");
    await symlink(outside, real("folder-link"));
    await symlink(join(outside, "secret"), real("file-link"));
    await symlink("/nonexistent", real("dead-link"));
    for (const path of ["folder-link/secret", "file-link", "dead-link", "folder-link"]) {
      for (const attempt of all(`/app/infra/${path}`)) {
        await expect(attempt(), path).rejects.toMatchObject({ code: "not_allowed" });
      }
    }
    expect(await readReal(join(outside, "secret"), "utf8")).toBe("secret");
    expect(await readdir(outside)).toEqual(["secret"]);
  });

  it("pipes and sockets are refused at once, nobody waits for their other end", async () => {
    execFileSync("mkfifo", [real("pipe")]);
    const server = createServer().listen(real("socket"));
    await once(server, "listening");
    for (const path of ["/app/infra/pipe", "/app/infra/socket"]) {
      for (const attempt of all(path))
        await expect(attempt(), path).rejects.toMatchObject({ code: "not_allowed" });
    }
    server.close();
  });

  it("a file with a second name is neither read nor written: the other one may be a key's (F62)", async () => {
    await writeFile(join(lab.directory, "twin"), "twin");
    await link(join(lab.directory, "twin"), real("twin"));
    await expect(save("/app/infra/twin", "x")).rejects.toMatchObject({ code: "not_allowed" });
    await expect(append("/app/infra/twin", "x")).rejects.toMatchObject({ code: "not_allowed" });
    await expect(read("/app/infra/twin")).rejects.toMatchObject({ code: "not_allowed" });
    expect(await readReal(join(lab.directory, "twin"), "utf8")).toBe("twin");
  });

  it("a folder that is exchanged for a link again and again lets nothing out", async () => {
    const outside = join(lab.directory, "race");
    await mkdir(outside);
    const swap = `mkdir d; while :; do rm -rf d; ln -s ${outside} d; rm d; mkdir d; done`;
    const stop = new AbortController();
    const runner = await lab.runner("none");
    const spec = {
      cwd: "/app/infra",
      timeoutMs: 60_000,
      callId: newCallId(),
      isolation: "workspace",
    } as const;
    const racing = runner.run({ ...spec, argv: ["bash", "-c", swap], signal: stop.signal });
    for (let attempt = 0; attempt < 500; attempt++) {
      await save("/app/infra/d/x", "escaped").catch((error: unknown) => {
        if (!isAppError(error)) throw error;
      });
    }
    stop.abort();
    await racing;
    expect(await readdir(outside)).toEqual([]);
  });
});

describe("any path at all (F61)", () => {
  it("never lets one of the four tools out of the workspace", async () => {
    const canary = join(lab.directory, "canary");
    await writeFile(canary, "canary");
    const before = await snapshot(lab.directory);
    const piece = fc.oneof(
      fc.constantFrom(
        "..",
        ".",
        "",
        "app",
        "infra",
        "docs",
        "tmp",
        "etc",
        "passwd",
        "canary",
        "generated_iac",
      ),
      fc.constantFrom(
        "%2e%2e",
        "..%2f",
        "..\\",
        "．．",
        "\u2025",
        "proc",
        "self",
        "root",
        "cwd",
        "folder-link",
        "\0",
        "~",
      ),
      fc.constantFrom(lab.directory, "infra-evil", "/app/infra", "//", "x".repeat(300), "file:", "$HOME"),
      fc.string({ maxLength: 8 }),
    );
    const path = fc
      .tuple(
        fc.constantFrom("", "/", "/app/infra/", "/app/docs/", "/tmp/app/", "/app/", "../"),
        fc.array(piece, { maxLength: 9 }),
      )
      .map(([start, pieces]) => start + pieces.join("/"));
    let [tried, allowed] = [0, 0];
    await fc.assert(
      fc.asyncProperty(path, async (candidate) => {
        tried++;
        const results = [];
        for (const attempt of [
          () => save(candidate, "escaped"),
          () => append(candidate, "escaped"),
          () => read(candidate),
          () => remove(candidate),
        ]) {
          results.push(await attempt().catch(expectAppError));
        }
        if (results.some(Boolean)) allowed++;
        expect(JSON.stringify(results)).not.toMatch(/canary"|root:x:0/);
      }),
      { numRuns: 2_500 },
    );
    expect(tried).toBeGreaterThanOrEqual(2_500);
    expect(allowed).toBeGreaterThan(100);
    expect(await snapshot(lab.directory)).toEqual(before);
    expect(await readReal(canary, "utf8")).toBe("canary");
  }, 120_000);
});

function expectAppError(error: unknown): undefined {
  if (!isAppError(error)) throw error;
}

/** What lies around the workspace: everything outside of the four roots. */
async function snapshot(directory: string): Promise<string[]> {
  const inside = Object.values(lab.workspace);
  const names = await readdir(directory, { recursive: true });
  return names
    .map((name) => join(directory, name))
    .filter((name) => !inside.some((root) => name.startsWith(`${root}/`)));
}

async function readAllPages(path: string): Promise<string> {
  let text = "";
  for (let offset = 1; ; ) {
    const { stdout } = await read(path, { offset });
    const footer = /\[lines \d+-\d+ of [\d,]+(?:; continue with offset (\d+))?\]$/.exec(stdout);
    if (!footer) return text + stdout;
    text += stdout.slice(0, footer.index);
    if (footer[1] === undefined) return text;
    offset = Number(footer[1]);
  }
}
