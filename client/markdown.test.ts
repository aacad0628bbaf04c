import { expect, test } from "vitest";
import { renderMarkdown } from "./markdown.ts";

const render = (rows: string[]) => renderMarkdown(rows, (emphasis, text) => `<${emphasis}:${text}>`);
const shown = (row: string) => render([row])[0];

test.each([
  ["## What was done", "<bold:What was done>"],
  ["- **pve1**: run `qm list` now", "- <bold:pve1>: run <code:qm list> now"],
  ["#1 is no heading, 2 ** 3 ** 4 no bold", "#1 is no heading, 2 ** 3 ** 4 no bold"],
  ["a `pair that is parted", "a `pair that is parted"],
  ["`**not bold**`", "<code:**not bold**>"],
  ["plain", "plain"],
])("%j is shown as %j", (row, text) => expect(shown(row)).toBe(text));

test("what is fenced stays as it is", () => {
  const rows = ["```sh", "# **not** a heading", "echo `date`", "```", "# one"];
  expect(render(rows)).toEqual([...rows.slice(0, 4), "<bold:one>"]);
});
