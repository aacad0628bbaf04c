/** HTML to Markdown: what a reader would see, nothing that a page hides. Home of turndown and linkedom. */
import { AppError } from "../base/errors.ts";

const UNSEEN = [
  "script, style, noscript, template, iframe, object, embed, svg, canvas, head, dialog:not([open])",
  "[hidden], [aria-hidden=true], input, select, button, img[src^='data:']",
].join(", ");
const HIDING_STYLE =
  /display:none|visibility:(?:hidden|collapse)|opacity:0(?:\.0+)?(?:[;%!]|$)|(?:font-size|height|width):0|clip(?:-path)?:|(?:left|right|top|bottom|text-indent):-\d{3}|color:transparent/;
/** Zero-width, bidirectional and tag characters and the like; controls other than line end and tab. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}|[^\P{Cc}\n\t]/gu;

/** AppError `not_allowed` for a page that is nested too deeply to be read. */
export async function htmlToMarkdown(html: string): Promise<string> {
  const [{ parseHTML }, { default: Turndown }] = await Promise.all([import("linkedom"), import("turndown")]);
  const converter = new Turndown({ headingStyle: "atx", codeBlockStyle: "fenced", bulletListMarker: "-" });
  try {
    const { document } = parseHTML(`<!doctype html><html><body>${html}</body></html>`);
    for (const element of document.querySelectorAll(UNSEEN)) element.remove();
    for (const element of document.querySelectorAll("[style]")) if (isHidden(element)) element.remove();
    return dropInvisible(converter.turndown(document.body));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new AppError("not_allowed", "The page is nested too deeply to be read.", { cause: error });
  }
}

/** Without the characters that a person does not see and a model does. */
export function dropInvisible(text: string): string {
  return text.replaceAll(INVISIBLE, "");
}

function isHidden(element: { getAttribute(name: string): string | null }): boolean {
  return HIDING_STYLE.test((element.getAttribute("style") ?? "").toLowerCase().replaceAll(/\s/g, ""));
}
