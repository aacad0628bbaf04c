/** What of a page's document a reader does not see: by its element, its attributes, its style or the page's style sheets. */

export type Element = {
  getAttribute(name: string): string | null;
  hasAttribute(name: string): boolean;
  setAttribute(name: string, value: string): void;
  attributes: Iterable<{ name: string; value: string }>;
  removeAttribute(name: string): void;
  remove(): void;
  textContent: string | null;
};
export type Document = {
  querySelectorAll(selector: string): Iterable<Element>;
  createDocumentFragment(): { querySelector(selector: string): unknown };
};

const ELEMENTS = [
  "script, style, noscript, noframes, template, iframe, object, embed, svg, math, canvas, video, audio, map, head, title",
  "dialog:not([open]), datalist, input, select, option, button, progress, meter, rp",
  "[hidden], [aria-hidden*=true i], a:empty, area, img[src^='data:']",
].join(", ");
/** Shown, if at all, in place of something else or when asked for. */
const ATTRIBUTES = ["title", "alt"];
/** Style sheets are applied as on a screen of ordinary size; a page with more of such rules is not made for readers. */
const MAX_RULES = 500;

/** Takes it all out. False for a page whose style sheets cannot be applied. */
export function removeUnseen(document: Document): boolean {
  for (const element of document.querySelectorAll("*")) lowerNames(element);
  const rules = hidingRules(document);
  if (rules.length > MAX_RULES) return false;
  const selectors = [...rules.filter((selector) => isSelector(document, selector)), ELEMENTS];
  for (const element of document.querySelectorAll(selectors.join(", "))) element.remove();
  for (const element of document.querySelectorAll("[style], font[color]")) {
    const color = element.getAttribute("color");
    const style = `${element.getAttribute("style") ?? ""};${color ? `color:${color}` : ""}`;
    if (hides(style, { isPageWhite: true })) element.remove();
  }
  for (const name of ATTRIBUTES) {
    for (const element of document.querySelectorAll(`[${name}]`)) element.removeAttribute(name);
  }
  return true;
}

/** The parser keeps `STYLE` as it is written; to a browser it is `style`. Of two spellings both count. */
function lowerNames(element: Element): void {
  for (const { name, value } of [...element.attributes]) {
    const lower = name.toLowerCase();
    if (lower === name) continue;
    const before = element.hasAttribute(lower) ? `${element.getAttribute(lower)};` : "";
    element.setAttribute(lower, before + value);
  }
}

/** The selectors of the rules that hide; those for paper and for other sizes of a screen are left out. */
function hidingRules(document: Document): string[] {
  const css = [...document.querySelectorAll("style")].map(({ textContent }) => textContent).join("\n");
  const general = css
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(
      /@media[^{}]*\b(?:print|width|height|orientation)\b[^{}]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}/g,
      "",
    );
  const rules = [...general.matchAll(/([^{}]+)\{([^{}]*)\}/g)];
  return rules
    .filter(([, , style = ""]) => hides(style, { isPageWhite: false }))
    .flatMap(([, selector = ""]) => selector.trim());
}

/** False for one that only a browser knows. */
function isSelector(document: Document, selector: string): boolean {
  try {
    document.createDocumentFragment().querySelector(selector);
    return true;
  } catch {
    return false;
  }
}

const ZERO = /^[+-]?0*\.?0*(?:[a-z%]*)(?:!important)?$/;
const FAR_AWAY = /-\d{3}/;
const NO_COLOR = /^(?:transparent|#(?:...0|.{6}00)|(?:rgb|hsl)a?\(.*[,/]0*\.?0*%?\))(?:!important)?$/;
const WHITE = /^(?:white|#fff|#ffff|#ffffff(?:ff)?|rgba?\(255,255,255.*|hsla?\(.*,100%.*)(?:!important)?$/;

type Test = (value: string) => boolean;
const isZero: Test = (value) => ZERO.test(value);
const isFarAway: Test = (value) => FAR_AWAY.test(value);
const hasNoColor: Test = (value) => NO_COLOR.test(value);
const isTiny: Test = (value) =>
  Number.parseFloat(value) < (/em/.test(value) ? 0.3 : /%/.test(value) ? 30 : 4);

/** What a declaration's value must not be for its element to be seen. */
const TESTS: Readonly<Record<string, Test>> = {
  display: (value) => value.startsWith("none"),
  visibility: (value) => /^(?:hidden|collapse)/.test(value),
  "content-visibility": (value) => value.startsWith("hidden"),
  opacity: (value) => Number.parseFloat(value) < (/%/.test(value) ? 10 : 0.1),
  filter: (value) => /opacity\(0*\.?0*%?\)/.test(value),
  transform: (value) => /scale\w*\(0*\.?0*[,)]/.test(value) || isFarAway(value),
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
function hides(style: string, { isPageWhite }: { isPageWhite: boolean }): boolean {
  const declarations = new Map(plain(style).split(";").map(declaration));
  const color = declarations.get("color");
  const background = declarations.get("background-color") ?? declarations.get("background");
  if (color !== undefined && color === background) return true;
  if (isPageWhite && background === undefined && WHITE.test(color ?? "")) return true;
  return [...declarations].some(([name, value]) => Object.hasOwn(TESTS, name) && TESTS[name]?.(value));
}

function declaration(text: string): [string, string] {
  const colon = text.indexOf(":");
  return [text.slice(0, colon), text.slice(colon + 1)];
}

/** Lower case, without comments, escapes and space. */
function plain(style: string): string {
  return style
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/\\([0-9a-f]{1,6})\s?/gi, (_, hex: string) =>
      String.fromCodePoint(Number.parseInt(hex, 16) % 0x110000),
    )
    .replaceAll(/[\s\\]/g, "")
    .toLowerCase();
}
