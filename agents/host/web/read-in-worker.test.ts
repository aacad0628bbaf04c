import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { build } from "../../../launcher/team/bundle.ts";
import { readInWorker } from "./read-in-worker.ts";

const signal = new AbortController().signal;
const markdownOf = (html: string) => readInWorker(html, { isHtml: true, signal });
/** Takes the parser of style sheets many seconds. */
const HEAVY = `<style>${"a{b:c}".repeat(150_000)}</style><p>x</p>`;

describe("what a page hides", () => {
  it.each([
    '<p STYLE="display:none">@</p>',
    '<p style="color:#fff">@</p>',
    "<style>.x, .y { opacity: 0 }</style><p class=y>@</p>",
    '<p style="d\\69splay: none">@</p>',
    '<p title="@"></p><img src="/a.png" alt="@">',
    '<p style="max-height:0; overflow:hidden">@</p>',
    "<style>@layer a { .x { color: red; & .y { display: none } } }</style><div class=x><p class=y>@</p></div>",
    "<style>@media (min-width: 1px) { .y:not(:focus) { left: -9999px } }</style><p class=y>@</p>",
    "<style>/* .y { */ .y{content:'}';display:none}</style><p class=y>@</p>",
    "<style>@media not print { .y { display: none }</style><p class=y>@</p>",
  ])("%s says nothing", async (html) => {
    expect(await markdownOf(html)).not.toContain("@");
  });

  it.each([
    '<p style="color:#fff;background:#000">@</p>',
    '<p style="min-width:0;font-size:12px;line-height:1.5">@</p>',
    "<style>@media print { .y { display: none } } .y:hover { color: red }</style><p class=y>@</p>",
    "<style>@media (max-width: 40em) { .y { display: none } }</style><p class=y>@</p>",
    '<style media="print">.y { display: none }</style><p class=y>@</p>',
    '<p style="color:rgb(255,0,0)">@</p>',
    "<details><summary>more</summary>@</details>",
  ])("%s is not hidden", async (html) => {
    expect(await markdownOf(html)).toContain("@");
  });

  it("of too many rules that hide the page is refused", async () => {
    const rules = Array.from({ length: 501 }, (_, index) => `.c${index}{display:none}`).join("");
    const page = markdownOf(`<style>${rules}</style><p>x</p>`);
    await expect(page).rejects.toMatchObject({ code: "not_allowed" });
  });
});

describe("hostile HTML", () => {
  it.each([
    ["deep nesting", "<div>".repeat(25_000)],
    ["mixed deep nesting", "<dt><li>".repeat(12_000)],
    ["very many tags", "<b>x</b>".repeat(60_000)],
    ["very much text", "x".repeat(1_000_001)],
    ["20 kB of braces in its style", `<style>${"{".repeat(20_000)}</style><p>x</p>`],
    ["deeply nested rules", `<style>${"@media all{".repeat(20_000)}</style><p>x</p>`],
  ])("%s is refused", async (_, html) => {
    await expect(markdownOf(html)).rejects.toMatchObject({ code: "not_allowed" });
  });
});

describe("a page that takes long", () => {
  it("and then breaks the parser's stack is refused once its time is over, and the agent lives on", async () => {
    const program = `
      const { readInWorker } = await import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, "read-in-worker.ts")))});
      const html = "<style>" + "@media all{".repeat(20_000) + "</style>";
      const { signal } = new AbortController();
      const reading = readInWorker(html, { isHtml: true, signal, timeoutMs: 10 }).catch(({ code }) => code);
      const busyUntil = performance.now() + 3_000; // both are told in one round: the time first, then the error
      while (performance.now() < busyUntil);
      console.log(await reading);
      setTimeout(() => console.log("lives on"), 100);`;
    const argv = ["--input-type=module", "--eval", program];
    const { stdout } = await promisify(execFile)(process.execPath, argv);
    expect(stdout).toBe("not_allowed\nlives on\n");
  });

  it("is ended by the signal, and the agent works on meanwhile", async () => {
    const stop = new AbortController();
    const reading = readInWorker(HEAVY, { isHtml: true, signal: stop.signal });
    const settled = reading.catch(() => undefined);
    const before = performance.eventLoopUtilization();
    await sleep(1_000);
    stop.abort();
    await expect(reading).rejects.toMatchObject({ name: "AbortError" });
    await settled;
    expect(performance.eventLoopUtilization(before).active).toBeLessThan(500);
  });

  it("is refused at the limit", async () => {
    const reading = readInWorker(HEAVY, { isHtml: true, signal, timeoutMs: 500 });
    await expect(reading).rejects.toMatchObject({ code: "not_allowed" });
  });
});

it("works from the bundle, which carries the worker beside it", { timeout: 60_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), "minilab-bundle-"));
  const programs = {
    reader: "agents/host/web/read-in-worker.ts",
    "page-worker": "agents/host/web/page-worker.ts",
  };
  await build(programs, directory);
  const bundled = await import(pathToFileURL(join(directory, "reader.mjs")).href);
  const html = "<style>.y{display:none}</style><h1>a</h1><p class=y>@</p>";
  expect(await bundled.readInWorker(html, { isHtml: true, signal })).toBe("# a");
  await rm(directory, { recursive: true });
});
