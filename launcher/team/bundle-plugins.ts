/** What esbuild does with libraries beyond joining them: nothing is loaded that nobody uses. Knows no program of ours. */
import { isBuiltin } from "node:module";
import type { Plugin } from "esbuild";

/**
 * Parts of Node are fetched, not imported: an import reads every export once, and to read all of node:http's is to load
 * Node's own fetch, and all of node:crypto's its web cryptography.
 */
export const builtinsFetched: Plugin = {
  name: "builtins-fetched",
  setup(build) {
    build.onResolve({ filter: /^(node:)?[a-z_]+(\/[a-z_]+)?$/ }, ({ path, kind }) => {
      if (!isBuiltin(path) || kind === "dynamic-import") return undefined;
      const namespace = kind === "require-call" ? "required-builtin" : "imported-builtin";
      return { path: path.replace(/^(node:)?/, "node:"), namespace };
    });
    build.onLoad({ filter: /./, namespace: "required-builtin" }, ({ path }) => ({
      contents: `module.exports = ${LATE.has(path) ? atFirstUse(fetched(path)) : fetched(path)};`,
    }));
    build.onLoad({ filter: /./, namespace: "imported-builtin" }, ({ path }) => ({
      contents: exportsOf(path),
    }));
  },
};

/** Fetched when something of them is used: a Redis and a model endpoint without TLS never do. */
const LATE: ReadonlySet<string> = new Set(["node:tls", "node:https", "node:assert"]);

/** Stands for a function, a class or a whole. */
function atFirstUse(what: string): string {
  return `new Proxy(function () {}, { get: (_, name) => ${what}[name], apply: (_, self, args) => ${what}(...args), construct: (_, args, made) => Reflect.construct(${what}, args, made) })`;
}

function fetched(builtin: string): string {
  return `process.getBuiltinModule(${JSON.stringify(builtin)})`;
}

/** Of which esbuild keeps what is used. */
function exportsOf(builtin: string): string {
  const names = Object.keys(process.getBuiltinModule(builtin) ?? {}).filter((name) => name !== "default");
  if (LATE.has(builtin))
    return names
      .map((name) => `export const ${name} = /* @__PURE__ */ ${atFirstUse(`${fetched(builtin)}.${name}`)};`)
      .join("\n");
  const each = names.map(
    (name, index) =>
      `const part${index} = /* @__PURE__ */ (() => whole.${name})(); export { part${index} as ${name} };`,
  );
  return [`const whole = ${fetched(builtin)};`, "export default whole;", ...each].join("\n");
}

/** What ChatOpenAI imports of the package openai. Another name fails the bundle. */
const CLIENT_NAMES = [
  "OpenAI",
  "AzureOpenAI",
  "APIConnectionTimeoutError",
  "APIUserAbortError",
  "toFile",
  "toResponseInputItems",
  "zodResponseFormat",
];

/**
 * The agent's requests are sent by runtime/model/post.ts, so ChatOpenAI never makes its client: the package openai is
 * left out, and whatever would call it throws. Saves each start a tenth of its CPU time.
 */
export const withoutOpenAiClient: Plugin = {
  name: "without-openai-client",
  setup(build) {
    build.onResolve({ filter: /^openai(\/|$)/ }, ({ path }) => ({ path, namespace: "unused-client" }));
    build.onLoad({ filter: /./, namespace: "unused-client" }, () => ({
      contents: `function unused() { throw new Error("the package openai is not in this bundle"); }
export { ${CLIENT_NAMES.map((name) => `unused as ${name}`).join(", ")} };`,
    }));
  },
};
