/** A Terraform module of the workspace, and which providers it may use. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import { locate, resolveVisible, type Workspace } from "../host/files/paths.ts";
import { hclBlocks } from "./hcl-blocks.ts";

export type Module = { real: string; visible: string };

const PROVIDERS = [
  "bpg/proxmox",
  ...["local", "null", "random", "tls", "time", "cloudinit"].map((name) => `hashicorp/${name}`),
];
/** All files of a module together; more is no module, and is not looked at. */
const MAX_MODULE_BYTES = 1_000_000;
const BUILT_IN = "terraform.io/builtin/terraform";

/** For Terraform itself: other providers are not looked for anywhere, also not for modules inside modules. */
export const TERRAFORM_CONFIG = `
disable_checkpoint = true
provider_installation {
  direct { include = ${JSON.stringify(PROVIDERS.map((name) => `registry.terraform.io/${name}`))} }
}
`;

/** Where init leaves the providers that it has brought, for roles that reach nothing: Terraform holds them to the lock file. */
export const PROVIDERS_FOLDER = "/tmp/app/providers";

/** For roles that only look. */
export const LOOKING_CONFIG = `
disable_checkpoint = true
provider_installation {
  filesystem_mirror {
    path    = "${PROVIDERS_FOLDER}"
    include = ${JSON.stringify(PROVIDERS.map((name) => `registry.terraform.io/${name}`))}
  }
}
`;

/**
 * AppError `not_allowed` outside of /app/infra and for a provider that is not on the list, `not_found` for a
 * folder without a *.tf file: Terraform would call that a success.
 */
export async function openModule(workspace: Workspace, dir: string): Promise<Module> {
  const { root, visible } = locate(workspace, dir);
  if (root !== "/app/infra")
    throw new AppError("not_allowed", `${visible} is not a module under /app/infra.`);
  const real = await resolveVisible(workspace, visible);
  const entries = await readdir(real, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile() && /\.tf(?:\.json)?$/.test(entry.name))
    .map(({ name }) => name);
  if (!names.some((name) => name.endsWith(".tf"))) {
    throw new AppError(
      "not_found",
      `${visible} is an empty module: it has no *.tf file. ${await modulesOf(workspace)}`,
    );
  }
  const files = names.map((name) => join(real, name));
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  if (sizes.reduce((sum, size) => sum + size, 0) > MAX_MODULE_BYTES)
    throw new AppError(
      "not_allowed",
      `${visible} has more than ${MAX_MODULE_BYTES / 1_000_000} MB of *.tf files.`,
    );
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  for (const [index, name] of names.entries()) checkBackend(`${visible}/${name}`, texts[index] ?? "");
  checkProviders(texts.join("\n"), visible);
  return { real, visible };
}

async function modulesOf(workspace: Workspace): Promise<string> {
  const entries = await readdir(workspace["/app/infra"], { recursive: true, withFileTypes: true });
  const folders = entries
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith(".tf") && !entry.parentPath.includes("/.terraform"),
    )
    .map((entry) => entry.parentPath.replace(workspace["/app/infra"], "/app/infra"));
  return `Modules: ${[...new Set(folders)].sort().slice(0, 20).join(", ") || "none yet"}.`;
}

/** Said here in words; `init -backend=false` is what enforces it. */
function checkBackend(name: string, text: string): void {
  const found = name.endsWith(".json") ? backendOfJson(text) : backendOfHcl(text);
  if (found === undefined) return;
  throw new AppError(
    "not_allowed",
    `${name} names a place for its state (${found}): remove that block. run_terraform keeps the state, and no flag of init is ` +
      "needed. A state that lies elsewhere is taken over as terraform.tfstate in the module's folder (terraform state pull).",
  );
}

function backendOfHcl(text: string): string | undefined {
  const settings = hclBlocks(text).filter(({ type }) => type === "terraform");
  const block = settings
    .flatMap(({ body }) => hclBlocks(body))
    .find(({ type }) => type === "backend" || type === "cloud");
  return block && [block.type, ...block.labels].join(" ").slice(0, 80);
}

const jsonShape = z.object({ terraform: z.unknown() });

function backendOfJson(text: string): string | undefined {
  try {
    const { terraform } = jsonShape.parse(JSON.parse(text));
    const names = [terraform].flat().flatMap((settings) => Object.keys(settings ?? {}));
    return names.find((name) => name === "backend" || name === "cloud");
  } catch {
    return undefined; // Terraform says what is wrong with it
  }
}

/** Said here in words; TERRAFORM_CONFIG is what enforces it. */
function checkProviders(text: string, visible: string): void {
  for (const source of requiredSources(withoutCommentLines(text))) {
    const name = source.replace(/^registry\.terraform\.io\//, "").toLowerCase();
    if (PROVIDERS.includes(name) || name === BUILT_IN) continue;
    const instead = name.endsWith("/proxmox")
      ? "Proxmox VE's is bpg/proxmox."
      : `Allowed: ${PROVIDERS.join(", ")}.`;
    throw new AppError(
      "not_allowed",
      `${visible} asks for the provider "${source}", which is not allowed. ${instead}`,
    );
  }
}

function withoutCommentLines(text: string): string {
  return text
    .split("\n")
    .filter((line) => !/^(?:#|\/\/)/.test(line.trimStart()))
    .join("\n");
}

function requiredSources(text: string): string[] {
  const blocks = [...text.matchAll(/\brequired_providers\s*\{((?:[^{}]|\{[^{}]*\})*)\}/g)].map(
    (match) => match[1] ?? "",
  );
  return blocks.flatMap((block) =>
    [...block.matchAll(/\bsource\s*=\s*"([^"]*)"/g)].map((match) => match[1] ?? ""),
  );
}
