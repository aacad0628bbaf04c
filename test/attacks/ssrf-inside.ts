/**
 * A program, for a network namespace of its own in which every address is this machine: tries each form and prints the
 * tally as JSON. Arguments: the folder to work in, a layer or "", and `n` to try only every n-th form.
 */
import { setImmediate as nextRound } from "node:timers/promises";
import { Count } from "./count.ts";
import { type Canary, serveCanary } from "./ssrf-canary.ts";
import { serveNames } from "./ssrf-dns.ts";
import { type Fetch, fetchOf, SSRF_LAYERS } from "./ssrf-fetch.ts";
import { PORTS, ssrfForms } from "./ssrf-forms.ts";
import { HEAVY, HIDDEN, HIDING } from "./ssrf-pages.ts";

const [directory = "", layer = "", every = "1"] = process.argv.slice(2);
const UNSEEN = /\p{Default_Ignorable_Code_Point}|[^\P{Cc}\n\t]|[\ufff9-\ufffb]/u;

type Tried = { canary: Canary; fetch: Fetch; count: Count };

const canary = await serveCanary(PORTS);
const resolver = await serveNames();
const fetch = await fetchOf(
  directory,
  SSRF_LAYERS.find((name) => name === layer),
);
const count = new Count();
await tryAll({ canary, fetch, count });
await canary.close();
resolver.close();
process.stdout.write(JSON.stringify(count.tally));

async function tryAll(tried: Tried): Promise<void> {
  const isWanted = (_: unknown, index: number) => index % Number(every) === 0;
  // A page that can be read: else all the rest would be refused for the wrong reason.
  if (!(await tried.fetch("http://public.test/")).includes("Welcome"))
    throw new Error("the web is not there");
  for (const url of ssrfForms().filter(isWanted)) await tryPlace(url, tried);
  for (const name of Object.keys(HIDING).filter(isWanted)) await tryPage(name, tried, whatIsUnseen);
  for (const name of Object.keys(HEAVY)) await tryPage(name, tried, () => "was read");
}

/** Whatever was answered: nobody private may have been reached. */
async function tryPlace(url: string, { canary, fetch, count }: Tried): Promise<void> {
  const text = await fetch(url).catch(() => undefined);
  await nextRound(); // the connection may be noticed here after it was given up there
  const [place] = canary.reached();
  const harm = place === undefined ? undefined : `reached ${place}`;
  count.add(JSON.stringify(url), { harm, isRefused: text === undefined });
}

async function tryPage(
  name: string,
  { fetch, count }: Tried,
  judge: (text: string) => string | undefined,
): Promise<void> {
  const text = await fetch(`http://public.test/page/${name}`).catch(() => undefined);
  const harm = text === undefined ? undefined : judge(text);
  count.add(name, { harm, isRefused: text === undefined });
}

function whatIsUnseen(text: string): string | undefined {
  if (text.includes(HIDDEN)) return "showed what the page hides";
  if (UNSEEN.test(text)) return "showed characters that nobody sees";
  return isMarked(text) ? undefined : "is not marked as data";
}

/** The border is not known to the page, and closes at the very end. */
function isMarked(text: string): boolean {
  return /^Untrusted data from .*\n<(DATA-[0-9a-f]{12})>\n[\s\S]*\n<\/\1>$/.test(text);
}
