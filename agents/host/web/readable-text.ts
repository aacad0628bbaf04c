/** What a reader of a page would see, nothing that it hides: HTML as Markdown, other text as it is. Home of turndown and linkedom. */
import { removeHiddenText } from "./hidden-text.ts";

/** A text that is refused is never shown in part: what hides in it was not found. */
export type Readable = { kind: "readable"; text: string } | { kind: "refused"; because: string };

/** Zero-width, bidirectional and tag characters and the like; controls other than line end and tab. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}|[^\P{Cc}\n\t]|[\ufff9-\ufffb]/gu;

/** Within these a page takes about a second at worst; most that are above were not made for readers. */
const LIMITS = { chars: 1_000_000, tags: 30_000, depth: 300 };

type Tree = { childNodes: Iterable<Tree> };

/** Cannot be interrupted, and throws what the parsers throw: page-worker.ts runs it where both do no harm. */
export async function readableText(text: string, { isHtml }: { isHtml: boolean }): Promise<Readable> {
  if (!isHtml) return { kind: "readable", text: withoutInvisible(text) };
  if (text.length > LIMITS.chars || text.split("<").length > LIMITS.tags) return refused("too long");
  const [{ parseHTML }, { default: Turndown }] = await Promise.all([import("linkedom"), import("turndown")]);
  const converter = new Turndown({ headingStyle: "atx", codeBlockStyle: "fenced", bulletListMarker: "-" });
  const { document } = parseHTML(`<!doctype html><html><body>${text}</body></html>`);
  if (depthOf(document.body) > LIMITS.depth) return refused("nested too deeply");
  if (!removeHiddenText(document)) return refused("full of hidden text");
  return { kind: "readable", text: withoutInvisible(converter.turndown(document.body)) };
}

function refused(because: string): Readable {
  return { kind: "refused", because };
}

/** Walks without recursion: the nesting is what is not trusted yet. */
function depthOf(root: Tree): number {
  const waiting: [Tree, number][] = [[root, 0]];
  let deepest = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [node, depth] = next;
    deepest = Math.max(deepest, depth);
    for (const child of node.childNodes) waiting.push([child, depth + 1]);
  }
  return deepest;
}

/** Without the characters that a person does not see and a model does. */
function withoutInvisible(text: string): string {
  return text.replaceAll(INVISIBLE, "");
}
