/**
 * `./minilab bench endpoints --grammar DIR`: whether the schema of every tool of every role, exactly as it is sent, becomes a
 * grammar of llama.cpp: by node-llama-cpp's converter and by llama.cpp's own grammar parser, without a model. DIR is where
 * `npm install node-llama-cpp@3.21.1` was run: it is no dependency of this project.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { AppError, describeError } from "../../../agents/base/errors.ts";
import { ROLES } from "../../../agents/protocol/roles.ts";
import { toolDefinitions } from "../../../agents/runtime/tool-call.ts";
import { toolsOf } from "../../../agents/tools/permissions.ts";
import type { Outcome } from "../../rig/benchmark.ts";

const PACKAGE = "node-llama-cpp";
const VERSION = "3.21.1";

/** What is used of it. */
type Llama = {
  createGrammarForJsonSchema(schema: unknown): Promise<{ grammar: string }>;
  createGrammar(options: { grammar: string }): Promise<unknown>;
  dispose(): Promise<void>;
};
type Library = { getLlama(options: object): Promise<Llama> };

/** What no grammar parser takes: a check that lets it pass proves nothing. */
const BROKEN = 'root ::= "a" [\\w]';

/** Ok when each schema became a grammar, and the broken grammar did not. */
export async function tryGrammars(directory: string): Promise<Outcome> {
  const llama = await open(directory);
  const refused: string[] = [];
  let schemas = 0;
  try {
    for (const role of ROLES) {
      for (const { name, parameters } of toolDefinitions(toolsOf(role))) {
        schemas++;
        const problem = await problemOf(() => llama.createGrammarForJsonSchema(parameters));
        if (problem === undefined) continue;
        refused.push(name);
        process.stderr.write(`refused    ${role} ${name}: ${problem}\n`);
      }
    }
    const isWorth = (await problemOf(() => llama.createGrammar({ grammar: BROKEN }))) !== undefined;
    const figures = {
      schemas,
      accepted: schemas - refused.length,
      refused: refused.length,
      broken_refused: isWorth,
    };
    return { ok: refused.length === 0 && schemas > 0 && isWorth, figures };
  } finally {
    await llama.dispose();
  }
}

async function open(directory: string): Promise<Llama> {
  const root = resolve(directory);
  if (!existsSync(join(root, "node_modules", PACKAGE)))
    throw new AppError(
      "missing_requirement",
      `no ${PACKAGE} in ${root}: npm install --prefix '${root}' ${PACKAGE}@${VERSION}`,
    );
  const file = createRequire(join(root, "package.json")).resolve(PACKAGE);
  const library = (await import(pathToFileURL(file).href)) as Library;
  return await library.getLlama({ gpu: false, build: "never", skipDownload: true, logLevel: "error" });
}

async function problemOf(make: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await make();
    return undefined;
  } catch (error) {
    return describeError(error).slice(0, 300);
  }
}
