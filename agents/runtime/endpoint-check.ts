/**
 * Whether the endpoint of the settings can be the model: asked for its list of models, which costs nothing; only where
 * the list leaves a doubt is the model itself asked for a word.
 */
import type { Config } from "../base/config.ts";
import { parseJson } from "../protocol/message.ts";
import { EndpointError, looksLikeHtml, refusalIn } from "./model/endpoint-error.ts";
import { remedyFor } from "./model/fate.ts";
import { objectOf, objectsIn } from "./model/json-shape.ts";
import { getLoaded } from "./model/loading.ts";
import { type Answer, type Endpoint, type PostOptions, post } from "./model/post.ts";
import { readAnswer } from "./model/read-answer.ts";
import { missing, type Requirement } from "./preflight-checks.ts";

/** A list of all models of a large provider; a word of a model that has to be loaded first. */
const LIMITS = { maxBytes: 5_000_000, timeoutMs: 30_000 };
/** Preflight is made again and again, and has not long. */
const LOADING_MS = 2_000;
/** What says that the model cannot be had; another refusal is about the question. */
const HOPELESS = new Set([401, 402, 403, 404, 405]);

/** A wrong address, a page, an unknown model, a key that is refused, an empty account and a server that fails are found. */
export function model(config: Config): Requirement {
  const { OPENAI_API_BASE: baseUrl, OPENAI_API_KEY: apiKey, LLM_MODEL: name } = config;
  return {
    name: "model",
    remedy: "set OPENAI_API_KEY, or OPENAI_API_BASE to the /v1 address of a compatible server that runs",
    async prove(signal) {
      try {
        await proveModel({ baseUrl, apiKey }, name, { ...LIMITS, signal });
        return `${name} at ${baseUrl}`;
      } catch (error) {
        if (!(error instanceof EndpointError)) throw error;
        return missing(`${baseUrl}: ${error.message}. ${remedyFor(error.failure, baseUrl)}`.trim());
      }
    },
  };
}

async function proveModel(endpoint: Endpoint, name: string, options: PostOptions): Promise<void> {
  const answer = await getLoaded(endpoint, "/models", { ...options, patienceMs: LOADING_MS });
  const isUnknownPath = answer.status === 404 || answer.status === 405;
  if (looksLikeHtml(answer.text)) throw refusalIn(answer);
  if (!isUnknownPath && answer.status >= 300 && answer.status !== 400 && answer.status !== 429)
    throw refusalIn(answer);
  const known = modelsIn(answer);
  if (known === "error" || (isUnknownPath && !/\/v\d/.test(endpoint.baseUrl))) throw refusalIn(answer);
  if (known === "unknown" || known.length === 0) {
    if (isUnknownPath) await askModel(endpoint, name, options);
    return;
  }
  if (!known.some((id) => id === name || id === `${name}:latest` || id === `models/${name}`))
    await askModel(endpoint, name, options);
}

/** Of a list with another shape nothing is known. */
function modelsIn({ status, text }: Answer): string[] | "unknown" | "error" {
  const body = parseJson(text);
  if (status < 300 && objectOf(body)?.["error"]) return "error";
  const list = Array.isArray(body) ? body : (objectOf(body)?.["data"] ?? objectOf(body)?.["models"]);
  if (!Array.isArray(list)) return "unknown";
  return objectsIn(list).flatMap(({ id, name }) => [id, name].filter((one) => typeof one === "string"));
}

/** Deployments have names that no list has, and some servers take any name: the model itself decides. */
async function askModel(endpoint: Endpoint, model: string, options: PostOptions): Promise<void> {
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "ping" }] });
  try {
    readAnswer(await post(endpoint, { path: "/chat/completions", body }, options));
  } catch (error) {
    if (!(error instanceof EndpointError) || !isAboutQuestion(error)) throw error;
  }
}

function isAboutQuestion({ failure: { status, cause, isHtml, words } }: EndpointError): boolean {
  if (isHtml) return false;
  if (cause !== undefined) return cause === "timeout";
  if (status === undefined || HOPELESS.has(status)) return false;
  return !/model/i.test(words) || status === 429 || status >= 500;
}
