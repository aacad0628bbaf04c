/** Which rules of a page's style sheets hide something on a screen of ordinary size, as linkedom's parser read them. */
import { hides } from "./hiding-style.ts";

type Rule = {
  selectorText?: string;
  style?: { cssText: string };
  media?: { mediaText: string };
  /** Of a block such as `@media`, `@supports` or `@layer`, and of a rule with rules inside. */
  cssRules?: Iterable<Rule>;
};
export type StyleSheet = { cssRules: Iterable<Rule> };

const SCREEN = { width: 1_280, height: 800 };
const LENGTH = /\(\s{0,9}(min|max)-(width|height)\s{0,9}:\s{0,9}([\d.]{1,9})(px|r?em)/g;
const PX_PER_EM = 16;
/** What nobody has done yet to the elements of a page that was just opened. */
const NOT_YET = /:not\(:(?:hover|active|focus|focus-within|focus-visible|target|checked)\)/g;

/** The selectors of those rules, also of rules within rules; `media` is the condition for the whole sheet. */
export function hidingSelectors(sheet: StyleSheet, media: string): string[] {
  return isForScreen(media) ? inRules(sheet.cssRules, "") : [];
}

/** `parent` is the selector around them, empty at the top. */
function inRules(rules: Iterable<Rule>, parent: string): string[] {
  return [...rules].flatMap((rule) => {
    if (!isForScreen(rule.media?.mediaText)) return [];
    const selector = rule.selectorText && within(parent, rule.selectorText);
    const own = selector && hides(rule.style?.cssText ?? "", { isPageWhite: false }) ? [selector] : [];
    return [...own, ...inRules(rule.cssRules ?? [], selector || parent)];
  });
}

/** The parser has put `&` where the outer selector goes. */
function within(parent: string, selector: string): string {
  const plain = selector.replaceAll(NOT_YET, "");
  return parent === "" ? plain : plain.replaceAll("&", () => `:is(${parent})`);
}

/** A condition that is not understood is taken for one that holds; of sizes only the usual form is. */
function isForScreen(queries = ""): boolean {
  return queries.toLowerCase().split(",").some(holdsForScreen);
}

function holdsForScreen(query: string): boolean {
  const isNegated = query.trimStart().startsWith("not ");
  const sizes = [...query.matchAll(LENGTH)];
  const isOtherSize = sizes.length === 0 && /width|height|orientation/.test(query);
  const holds = !query.includes("print") && !isOtherSize && sizes.every(([, ...size]) => holdsForSize(size));
  return holds !== isNegated;
}

function holdsForSize([limit, side, length, unit]: string[]): boolean {
  const px = Number(length) * (unit === "px" ? 1 : PX_PER_EM);
  const actual = side === "width" ? SCREEN.width : SCREEN.height;
  return limit === "min" ? actual >= px : actual <= px;
}
