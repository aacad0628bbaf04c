/** HTML to Markdown: what a reader would see, nothing that a page hides. Home of turndown and linkedom. */
import { AppError } from "../../base/errors.ts";
import { removeUnseen } from "./unseen.ts";

/** Zero-width, bidirectional and tag characters and the like; controls other than line end and tab. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}|[^\P{Cc}\n\t]|[\ufff9-\ufffb]/gu;

/** The conversion cannot be interrupted; within these limits it takes about a second at worst. */
const LIMITS = { chars: 1_000_000, tags: 30_000, depth: 300 };

type Tree = { childNodes: Iterable<Tree> };

/** AppError `not_allowed` for a page that is too long or nested too deeply. */
export async function htmlToMarkdown(html: string): Promise<string> {
  if (html.length > LIMITS.chars || html.split("<").length > LIMITS.tags) throw tooMuch("long");
  const [{ parseHTML }, { default: Turndown }] = await Promise.all([import("linkedom"), import("turndown")]);
  const converter = new Turndown({ headingStyle: "atx", codeBlockStyle: "fenced", bulletListMarker: "-" });
  const { document } = parseHTML(`<!doctype html><html><body>${html}</body></html>`);
  checkDepth(document.body);
  if (!removeUnseen(document)) throw tooMuch("full of hidden text");
  return dropInvisible(converter.turndown(document.body));
}

/** Walks without recursion: the nesting is what is not trusted yet. */
function checkDepth(root: Tree): void {
  const waiting: [Tree, number][] = [[root, 0]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [node, depth] = next;
    if (depth > LIMITS.depth) throw tooMuch("deeply nested");
    for (const child of node.childNodes) waiting.push([child, depth + 1]);
  }
}

function tooMuch(what: string): AppError {
  return new AppError("not_allowed", `The page is too ${what} to be turned into Markdown.`);
}

/** Without the characters that a person does not see and a model does. */
export function dropInvisible(text: string): string {
  return text.replaceAll(INVISIBLE, "");
}
