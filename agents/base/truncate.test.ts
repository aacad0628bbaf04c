import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutMiddle, FILE_BYTES } from "./truncate.ts";

describe("a long text", () => {
  it("is left alone when it fits", () => {
    expect(cutMiddle("short")).toEqual({ text: "short", truncated: false });
  });

  it("keeps whole lines of head and tail and says how much is missing and where it is (F21)", () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}`).join("\n");
    const { text, truncated } = cutMiddle(lines, {
      maxBytes: 1_000,
      fullText: "/app/docs/tool_output/c1.stdout.log",
    });
    const [marker] = /^\[\.\.\. .*$/m.exec(text) ?? [];
    const shown = text.split("\n").filter((line) => line !== marker);
    expect(truncated).toBe(true);
    expect(shown.every((line) => /^line \d+$/.test(line))).toBe(true);
    expect(shown[0]).toBe("line 0");
    expect(shown.at(-1)).toBe("line 19999");
    const cut = Number(/([\d,]+) bytes cut/.exec(marker ?? "")?.[1]?.replaceAll(",", ""));
    const kept = Buffer.byteLength(text) - Buffer.byteLength(`${marker}\n`);
    expect(cut + kept).toBe(Buffer.byteLength(lines));
    expect(marker).toContain("; all of it: /app/docs/tool_output/c1.stdout.log");
  });

  it("does not promise all of it beyond what the file holds", () => {
    const { text } = cutMiddle("x".repeat(2_000), {
      maxBytes: 100,
      totalBytes: FILE_BYTES + 1,
      fullText: "/f",
    });
    expect(text).toContain("the first 50 MB of it: /f");
  });

  it("never exceeds the limit and never divides a character", () => {
    const text = fc
      .string({ unit: "grapheme", minLength: 50, maxLength: 400 })
      .filter((whole) => !whole.includes("\ufffd"));
    fc.assert(
      fc.property(text, fc.integer({ min: 20, max: 200 }), (whole, maxBytes) => {
        const cut = cutMiddle(whole, { maxBytes });
        const shown = cut.text.replace(/\n?\[\.\.\. .* bytes cut \.\.\.\]\n/, "");
        expect(cut.text).not.toContain("\ufffd");
        expect(cut.truncated).toBe(Buffer.byteLength(whole) > maxBytes);
        if (cut.truncated) expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(maxBytes);
      }),
    );
  });
});
