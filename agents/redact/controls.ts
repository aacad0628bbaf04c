/** The control characters that programming languages write as a backslash and a letter. */
export const CONTROLS: Readonly<Record<string, string>> = {
  ...{ a: "\x07", b: "\b", e: "\x1b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" },
};
