/** Takes out of a page's document what a reader does not see: by its element, its attributes, its style or a style sheet. */
import { hides } from "./hiding-style.ts";
import { hidingSelectors, type StyleSheet } from "./style-sheets.ts";

export type Element = {
  getAttribute(name: string): string | null;
  hasAttribute(name: string): boolean;
  setAttribute(name: string, value: string): void;
  attributes: Iterable<{ name: string; value: string }>;
  removeAttribute(name: string): void;
  remove(): void;
  sheet?: StyleSheet | null;
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
/** A page with more rules that hide something is not made for readers. */
const MAX_RULES = 500;

/** False for a page with too many style rules that hide. Throws what the parser of style sheets throws. */
export function removeHiddenText(document: Document): boolean {
  for (const element of document.querySelectorAll("*")) lowerNames(element);
  const hiding = [...document.querySelectorAll("style")].flatMap((style) =>
    style.sheet ? hidingSelectors(style.sheet, style.getAttribute("media") ?? "") : [],
  );
  if (hiding.length > MAX_RULES) return false;
  const selectors = [...hiding.filter((selector) => isSelector(document, selector)), ELEMENTS];
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

/** False for one that only a browser knows. */
function isSelector(document: Document, selector: string): boolean {
  try {
    document.createDocumentFragment().querySelector(selector);
    return true;
  } catch {
    return false;
  }
}
