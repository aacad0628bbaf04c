/** fetch_webpage as the class `ssrf` uses it, and weaker ones, each without one guard. */
import { lookup } from "node:dns/promises";
import { createRedactor } from "../../agents/redact/redact.ts";
import { openTestWorkspace, testCall } from "../../agents/testing/workspace.ts";
import { fetchWebpage } from "../../agents/tools/fetch-webpage.ts";
import type { ToolContext } from "../../agents/tools/tool.ts";
import { isPrivate, NODE } from "./ssrf-canary.ts";

export const SSRF_LAYERS = ["address-filter", "redirect-check", "connect-time", "hidden-text"] as const;
export type SsrfLayer = (typeof SSRF_LAYERS)[number];

/** What the model reads; rejects when it is refused or cannot be had. */
export type Fetch = (url: string) => Promise<string>;

const TIMEOUT_MS = 2_000;
/** A page that is there is read in a thread of its own, which takes a while to begin on a busy machine. */
const PAGE_TIMEOUT_MS = 10_000;

export async function fetchOf(directory: string, without?: SsrfLayer): Promise<Fetch> {
  switch (without) {
    case undefined:
      return realFetch(await contextIn(directory));
    case "address-filter":
      return (url) => plainFetch(url, "follow");
    case "hidden-text": {
      const isAllowed = realFetch(await contextIn(directory));
      return async (url) => {
        const text = await isAllowed(url);
        return url.includes("/page/") ? plainFetch(url, "follow") : text;
      };
    }
    case "redirect-check":
      return async (url) => {
        await refusePrivate(url);
        return plainFetch(url, "follow");
      };
    case "connect-time":
      return (url) => fetchByName(url, 5);
    default:
      return without satisfies never;
  }
}

/** No command is run, so none needs a sandbox. */
async function contextIn(directory: string): Promise<ToolContext> {
  const lab = await openTestWorkspace(directory);
  const context = await lab.context({ processes: await lab.runner("none") });
  return { ...context, nodes: { ...context.nodes, nodes: [NODE] }, redactor: createRedactor([]) };
}

function realFetch(context: ToolContext): Fetch {
  return async (url) => {
    const input = fetchWebpage.input.parse({ url });
    const isPage = url.startsWith("http://public.test/");
    const signal = AbortSignal.timeout(isPage ? PAGE_TIMEOUT_MS : TIMEOUT_MS);
    const { stdout } = await fetchWebpage.run(input, { ...context, call: testCall({ signal }) });
    return stdout;
  };
}

async function plainFetch(url: string, redirect: "follow" | "manual"): Promise<string> {
  const response = await fetch(url, { redirect, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const location = response.headers.get("location");
  if (location !== null && redirect === "manual") throw new Redirected(location);
  return await response.text();
}

class Redirected extends Error {}

/** Judges every name, redirects included, and then asks for its address once more. */
async function fetchByName(url: string, redirects: number): Promise<string> {
  await refusePrivate(url);
  return plainFetch(url, "manual").catch((error: unknown) => {
    if (!(error instanceof Redirected) || redirects === 0) throw error;
    return fetchByName(new URL(error.message, url).href, redirects - 1);
  });
}

async function refusePrivate(url: string): Promise<void> {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  const addresses = await lookup(host, { all: true });
  if (addresses.some(({ address }) => isPrivate(address))) throw new Error("private");
}
