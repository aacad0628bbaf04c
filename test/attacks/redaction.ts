/**
 * The class `redaction`: secrets that a process knows, in every form and through every way out, also divided at any
 * place, and secrets that nobody told it. Harm is a secret, or half of one, that can be read out of what came out.
 */
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { capture } from "../../agents/host/commands/capture.ts";
import { randomFrom } from "../../agents/testing/random.ts";
import { formsOf } from "../../agents/testing/secret-forms.ts";
import type { AttackClass, AttackOptions, Tally } from "./attack-class.ts";
import { Count } from "./count.ts";
import { isLeaked } from "./redaction-judge.ts";
import { SINKS, type SinkWorld } from "./redaction-sinks.ts";
import { REDACTION_LAYERS, redactorWithout } from "./redaction-weakness.ts";

export const redaction: AttackClass = {
  name: "redaction",
  layers: REDACTION_LAYERS,
  run: (options) => runRedaction(options, { secrets: 8, splits: 20, swept: 100 }),
};

const LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789/+-_ $%&<>\"'\\ö";
/** What a tool said before and after, so that the output goes to a file and is cut. */
const PADDING = "a line of ordinary output\n".repeat(12_000);

/** `swept`: more secrets, of which only the redactor is tried, in every form and within JSON. */
type Size = { secrets: number; splits: number; swept?: number };

export async function runRedaction({ seed, without, signal }: AttackOptions, size: Size): Promise<Tally> {
  const random = randomFrom(seed);
  const directory = await mkdtemp(join(tmpdir(), "minilab-redaction-"));
  const known = Array.from({ length: size.secrets }, () => secretOf(random));
  const secrets = [...known, newKey()];
  const world: SinkWorld = {
    redactor: redactorWithout(without, secrets),
    ...{ layer: without ?? "", secrets, directory, signal },
  };
  const count = new Count();
  try {
    for (const secret of known) {
      await tryForms(world, count, { secret, forms: formsOf(secret) });
      for (let split = 0; split < size.splits; split++) await trySplits(world, count, { secret, random });
    }
    for (let swept = 0; swept < (size.swept ?? 0); swept++) sweep(world, count, secretOf(random));
    for (const secret of [
      newKey(),
      secrets.at(-1) ?? "",
      `ghp_${letters(random, 36)}`,
      `sk-${letters(random, 40)}`,
    ]) {
      const forms = { plain: secret, json: JSON.stringify({ secret }) };
      await tryForms(world, count, { secret, forms });
    }
  } finally {
    await rm(directory, { recursive: true });
  }
  return count.tally;
}

type Forms = { secret: string; forms: Record<string, string> };

async function tryForms(world: SinkWorld, count: Count, { secret, forms }: Forms): Promise<void> {
  const texts = Object.values(forms).map((form) => `value:\n${form}\nend`);
  for (const [name, sink] of Object.entries(SINKS)) {
    const results = await sink(texts, world);
    for (const [index, form] of Object.keys(forms).entries()) {
      add(count, `${form} in the ${name}`, { text: results[index] ?? "", secret });
    }
  }
}

/** What hides a value depends on its letters, and a few of them find few of the holes. */
function sweep({ layer }: SinkWorld, count: Count, secret: string): void {
  const redactor = redactorWithout(layer || undefined, [secret]);
  for (const [form, text] of Object.entries(formsOf(secret))) {
    const said = `value:\n${text}\nend`;
    for (const within of [said, JSON.stringify({ said }), JSON.stringify(JSON.stringify({ said }))])
      add(count, `${form}, swept`, { text: redactor(within), secret });
  }
}

/** All forms in one long output that comes in chunks, some of which end inside of a form. */
async function trySplits(
  world: SinkWorld,
  count: Count,
  { secret, random }: { secret: string; random: () => number },
): Promise<void> {
  const forms = Object.entries(formsOf(secret));
  const isLong = random() < 0.7;
  const text = forms.map(([, form], index) => `@@${index}@@\n${form}\n`).join("");
  const padding = isLong ? PADDING.slice(Math.floor(random() * 100_000)) : "";
  const chunks = divide(Buffer.from(`${padding}${text}@@x@@\n${padding}`), random);
  const joined = world.layer !== "stream-joining";
  const parts = joined ? chunks : chunks.map((chunk) => Buffer.from(world.redactor(chunk.toString())));
  const output = await capture(Readable.from(parts), {
    file: join(world.directory, "output.stdout.log"),
    redactor: joined ? world.redactor : redactorWithout("known-values", []),
  });
  const written = output.file ? await readFile(output.file, "utf8") : output.text;
  if (output.file) await rm(output.file);
  for (const [index, [form]] of forms.entries()) {
    const part = written.split(`@@${index}@@`, 2)[1]?.split("@@", 1)[0] ?? "";
    add(count, `${form} in divided output`, { text: part, secret });
  }
}

function add(count: Count, name: string, { text, secret }: { text: string; secret: string }): void {
  const harm = isLeaked(text, secret)
    ? `the secret can be read: ${JSON.stringify(text.slice(0, 300))}`
    : undefined;
  count.add(name, { harm, isRefused: text.includes("[redacted]") });
}

/** Chunks as a pipe gives them: long ones where nothing is, short ones where the secrets are. */
function divide(bytes: Buffer, random: () => number): Buffer[] {
  const chunks: Buffer[] = [];
  const marks = bytes.indexOf("@@0@@");
  const end = bytes.indexOf("@@x@@");
  for (let at = 0; at < bytes.length; ) {
    const isNear = at >= marks - 1 && at < end;
    const length = isNear ? 1 + Math.floor(random() * 120) : at < marks ? marks - at : 65_536;
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

function secretOf(random: () => number): string {
  const length = 18 + Math.floor(random() * 40);
  return Array.from({ length }, () => LETTERS[Math.floor(random() * LETTERS.length)])
    .join("")
    .trim();
}

function letters(random: () => number, length: number): string {
  return Array.from({ length }, () => LETTERS[Math.floor(random() * 50)]).join("");
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  return privateKey.trim();
}
