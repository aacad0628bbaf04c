/** Whether the declarations of a style attribute or of a style rule hide the element that they are for. */

type Test = (value: string) => boolean;

const isZero: Test = (value) => Number.parseFloat(value) === 0;
const isFarAway: Test = (value) => /-\d{3}/.test(value);
const isTiny: Test = (value) => {
  const smallest = value.includes("em") ? 0.3 : value.includes("%") ? 30 : 4;
  return Number.parseFloat(value) < smallest;
};
const isFaint: Test = (value) => Number.parseFloat(value) < (value.includes("%") ? 10 : 0.1);

/** What a declaration's value must not be for its element to be seen. */
const TESTS: Readonly<Record<string, Test>> = {
  display: (value) => value.startsWith("none"),
  visibility: (value) => value.startsWith("hidden") || value.startsWith("collapse"),
  "content-visibility": (value) => value.startsWith("hidden"),
  opacity: isFaint,
  filter: (value) => argumentsOf(value, "opacity").some(isZero),
  transform: (value) => argumentsOf(value, "scale").some(isZero) || isFarAway(value),
  "font-size": isTiny,
  font: (value) => /(?<![\d.])0(?:px|pt|r?em|%)?(?:\/|$|[a-z])/.test(value),
  clip: (value) => value.startsWith("rect"),
  "clip-path": (value) => !value.startsWith("none"),
  color: hasNoColor,
  "-webkit-text-fill-color": hasNoColor,
  ...tests("width height max-width max-height line-height zoom scale", isZero),
  ...tests("left right top bottom inset text-indent margin margin-left margin-top translate", isFarAway),
};

function tests(names: string, test: Test): Record<string, Test> {
  return Object.fromEntries(names.split(" ").map((name) => [name, test]));
}

/** `isPageWhite`: a white text without a background of its own is not seen. */
export function hides(style: string, { isPageWhite }: { isPageWhite: boolean }): boolean {
  const declarations = new Map(plain(style).split(";").map(declaration));
  const color = declarations.get("color");
  const background = declarations.get("background-color") ?? declarations.get("background");
  if (color !== undefined && color === background) return true;
  if (isPageWhite && background === undefined && isWhite(color ?? "")) return true;
  return [...declarations].some(([name, value]) => Object.hasOwn(TESTS, name) && TESTS[name]?.(value));
}

function declaration(text: string): [string, string] {
  const colon = text.indexOf(":");
  return [text.slice(0, colon), text.slice(colon + 1).replace("!important", "")];
}

/** Lower case, without comments, escapes and space. */
function plain(style: string): string {
  return withoutComments(style)
    .replaceAll(/\\([0-9a-f]{1,6})\s?/gi, (_, hex: string) =>
      String.fromCodePoint(Number.parseInt(hex, 16) % 0x110000),
    )
    .replaceAll(/[\s\\]/g, "")
    .toLowerCase();
}

/** One that is not closed reaches to the end. */
function withoutComments(css: string): string {
  let kept = "";
  let at = 0;
  for (let open = css.indexOf("/*"); open !== -1; open = css.indexOf("/*", at)) {
    kept += css.slice(at, open);
    const close = css.indexOf("*/", open + 2);
    if (close === -1) return kept;
    at = close + 2;
  }
  return kept + css.slice(at);
}

/** What follows each `name...(`. */
function argumentsOf(value: string, name: string): string[] {
  return value
    .split(name)
    .slice(1)
    .map((rest) => rest.slice(rest.indexOf("(") + 1));
}

/** The fourth part of a colour, or the one behind a stroke, is its alpha. */
function hasNoColor(value: string): boolean {
  if (value === "transparent" || /^#(?:...0|.{6}00)$/.test(value)) return true;
  const inside = value.slice(value.indexOf("(") + 1);
  const alpha = inside.includes("/") ? inside.split("/")[1] : inside.split(",")[3];
  return value.includes("(") && alpha !== undefined && isZero(alpha);
}

const WHITE = new Set(["white", "#fff", "#ffff", "#ffffff", "#ffffffff"]);

function isWhite(color: string): boolean {
  if (WHITE.has(color) || /^rgba?\(255,?255,?255/.test(color)) return true;
  return /^hsla?\(/.test(color) && color.split(",")[2]?.startsWith("100%") === true;
}
