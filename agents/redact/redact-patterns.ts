/**
 * Secrets that nobody has told us, found by their shape: private keys, tokens of Proxmox and of model providers, and
 * what secretlint's recommended rules know. Its rules are called by themselves, not through @secretlint/core: that is
 * asynchronous, takes 115 microseconds for a short text instead of 25, and its profiler keeps an entry of every call.
 * A rule is asked only about a text with a word that belongs to what it looks for.
 */
import { rules } from "@secretlint/secretlint-rule-preset-recommend";
import { findPrivateKeys } from "./private-keys.ts";
import { isPublicName } from "./public-names.ts";
import type { Span } from "./redact-scan.ts";
import { createWordFinder } from "./words.ts";

type Search = { words: readonly string[]; find(text: string): Span[] };

const OWN: readonly Search[] = [
  { words: ["-----"], find: findPrivateKeys },
  { words: ["PVEAPIToken="], find: matches(/\bPVEAPIToken=[^\s"']+/g) },
  { words: ["PVE:"], find: matches(/\bPVE:[^\s"':]+:[0-9A-F]{8}::[\w+/=]+/g) },
  { words: ["sk-", "gsk_"], find: matches(/\b(?:sk-|gsk_)[\w-]+/g, 23) },
  { words: [".eyJ"], find: matches(/(?<![\w-])[\w-]{13,}\.eyJ[\w-]{10,}\.[\w-]{10,}/g) },
];

/** What stands in each text in which a rule finds something; of a rule without words all texts are asked about. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  aws: ["A3T", "AKIA", "AGPA", "AIDA", "AROA", "AIPA", "ANPA", "ANVA", "ASIA", "SECRET", "ACCOUNT"],
  privatekey: ["PRIVATE KEY"],
  npm: ["x-oauth-basic", "_authToken=", "npm_"],
  basicauth: ["://"],
  slack: ["xoxb", "xoxp", "xapp", "xoxa", "xoxo", "xoxr", "hooks.slack.com"],
  sendgrid: ["SG."],
  shopify: ["shppa", "shpca", "shpat", "shpss"],
  stripe: ["sk_live", "sk_test", "rk_live", "rk_test"],
  github: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat"],
  gitlab: ["glpat-"],
  grafana: ["glc_", "glsa_"],
  openai: ["sk-"],
  anthropic: ["sk-ant"],
  huggingface: ["hf_"],
  linear: ["lin_api"],
  notion: ["ntn_"],
  "1password": ["ops_"],
  "database-connection-string": ["mongodb", "mysql", "postgres"],
  "hashicorp-vault": ["hvs.", "hvb.", "hvr."],
  vercel: ["vcp_", "vci_", "vca_", "vcr_", "vck_"],
  databricks: ["dapi"],
  docker: ["dckr_pat"],
  figma: ["figd_"],
  cloudflare: ["cfk_", "cfut_", "cfat_"],
  tailscale: ["tskey-"],
  gcp: [], // looks at files of a name, and a text has none
};

/** Not groq: half of the time of all rules, for the one prefix above. Not the filters: a text would excuse itself. */
const RULES = rules.filter(({ meta }) => meta.type === "scanner" && !meta.id.endsWith("-groq"));

let reported: Span[] = [];

const SEARCHES: readonly Search[] = [...OWN, ...RULES.map(searchOf)];
const OWNERS = SEARCHES.flatMap(({ words }, index) => words.map(() => index));
const ALWAYS = SEARCHES.flatMap(({ words }, index) => (words.length === 0 ? index : []));
const findWords = createWordFinder(SEARCHES.flatMap(({ words }) => words));

/** Never waits: none of the rules is asynchronous for a text without a file name. */
export function findPatterns(text: string): Span[] {
  const found: Span[] = [];
  const asked = new Set(ALWAYS);
  for (const word of findWords(text)) asked.add(OWNERS[word] as number);
  for (const index of asked) found.push(...(SEARCHES[index] as Search).find(text));
  return found.filter(({ start, end }) => !isPublicName(text.slice(start, end)));
}

/** Of a certain length at least: a number in the pattern itself would be counted through for each place. */
function matches(pattern: RegExp, minChars = 0): Search["find"] {
  return (text) =>
    Array.from(text.matchAll(pattern), ({ index, 0: { length } }) => ({
      start: index,
      end: index + length,
    })).filter(({ start, end }) => end - start >= minChars);
}

function searchOf(rule: (typeof RULES)[number]): Search {
  const context = {
    sharedOptions: {},
    createTranslator: () => (messageId: string) => ({ message: "", messageId }),
    report: ({ range: [start, end] }: { range: readonly [number, number] }) => reported.push({ start, end }),
    ignore: () => {},
  };
  const handler = rule.create(context, {});
  const find = (text: string) => {
    reported = [];
    void handler.file?.(sourceOf(text));
    return reported;
  };
  return { words: WORDS[rule.meta.id.replace("@secretlint/secretlint-rule-", "")] ?? [], find };
}

function sourceOf(content: string) {
  const unknown = { filePath: undefined, physicalFilePath: undefined, ext: "", contentType: "text" };
  return { ...unknown, content, getFilePath: () => undefined, getPhysicalFilePath: () => undefined };
}
