/**
 * Makes a bare Debian root with debootstrap, and puts into it what README names: a clean clone of this checkout, and
 * Terraform. Beside these only what makes apt, npm and pip work on this machine: mirrors, proxies, certificates, npmrc.
 */
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Env } from "../../agents/base/config.ts";
import { AppError } from "../../agents/base/errors.ts";
import { type CommandOptions, outputOf } from "../../launcher/team/command.ts";
import { PROJECT_DIR } from "../../launcher/team/project.ts";

const ENTER = join(import.meta.dirname, "enter-root.sh");
const CHECKOUT = "/root/ai-minilab";
const OWN_CERTIFICATES = "/usr/local/share/ca-certificates";
const DEFAULT_MIRROR = "http://deb.debian.org/debian";

export type FreshRoot = {
  /** The command line that runs a program of the checkout inside. */
  enter(argv: readonly string[]): [string, ...string[]];
  /** The whole environment inside. */
  env: Env;
};

export type FreshRootOptions = { directory: string; release: string; signal: AbortSignal };

/** AppError `missing_requirement` when this machine cannot make one, `unavailable` with the last words of what failed. */
export async function makeFreshRoot({ directory, release, signal }: FreshRootOptions): Promise<FreshRoot> {
  if (process.getuid?.() !== 0)
    throw new AppError("missing_requirement", "a root of its own needs root: sudo ./minilab test --fresh");
  const options: CommandOptions = { cwd: directory, env: process.env, signal };
  const mirrors = mirrorsOf(await outputOf(INDEX_TARGETS, options).catch(() => ""));
  await outputOf(["debootstrap", "--variant=minbase", release, directory, mirrors.main], options);
  chmodSync(directory, 0o755); // of a temporary folder's mode, no other user could enter the machine
  writeFileSync(join(directory, "etc/apt/sources.list"), sourcesOf(release, mirrors));
  const transport = (await outputOf(["apt-config", "dump"], options)).split("\n").filter(isTransport);
  writeFileSync(join(directory, "etc/apt/apt.conf.d/99as-outside"), `${transport.join("\n")}\n`);
  await copyNpmSettings(directory, options);
  copyCertificates(directory, process.env);
  copyInto(directory, "/etc/resolv.conf");
  await copyTerraform(directory, options);
  await outputOf(
    ["git", "clone", "--quiet", "--no-hardlinks", PROJECT_DIR, join(directory, CHECKOUT)],
    options,
  );
  return {
    enter: (argv) => [ENTER, directory, "sh", "-c", `cd ${CHECKOUT} && exec "$@"`, "sh", ...argv],
    env: environmentOf(process.env),
  };
}

// ---- apt ------------------------------------------------------------------------------------------------------------
const INDEX_TARGETS = [
  "apt-get",
  "indextargets",
  "--format",
  "$(REPO_URI) $(CODENAME)",
  "Created-By: Packages",
];

export type Mirrors = { main: string; security?: string };

/** From lines of `apt-get indextargets`, such as `http://deb.debian.org/debian-security/ bookworm-security`. */
export function mirrorsOf(indexTargets: string): Mirrors {
  const rows = indexTargets.split("\n").map((line) => line.trim().split(" "));
  const find = (uri: RegExp) => rows.find(([at = ""]) => uri.test(at))?.[0];
  const security = find(/\/debian-security\/?$/);
  return { main: find(/\/debian\/?$/) ?? DEFAULT_MIRROR, ...(security && { security }) };
}

export function sourcesOf(release: string, { main, security }: Mirrors): string {
  return [
    `deb ${main} ${release} main`,
    ...(security ? [`deb ${security} ${release}-security main`] : []),
    "",
  ].join("\n");
}

/** Of `apt-config dump`: how packages are fetched, not which or what is done with them. */
export function isTransport(line: string): boolean {
  return /^Acquire::(?:https?|ftp|Retries|ForceIPv[46]|Check-)\b/i.test(line) && !line.endsWith(' "";');
}

// ---- npm and certificates -------------------------------------------------------------------------------------------
async function copyNpmSettings(directory: string, options: CommandOptions): Promise<void> {
  const ask = async (name: string) => {
    const answer = await outputOf(["npm", "config", "get", name], options).catch(() => ""); // no npm here: no settings
    return answer.trim();
  };
  const files = await Promise.all(["globalconfig", "userconfig"].map(ask));
  const texts = files.filter((file) => existsSync(file)).map((file) => readFileSync(file, "utf8"));
  writeFileSync(join(directory, "root/.npmrc"), texts.join("\n"), { mode: 0o600 });
  copyInto(directory, await ask("cafile"));
}

const CERTIFICATE_VARIABLES = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "PIP_CERT"];

function copyCertificates(directory: string, env: Env): void {
  for (const name of CERTIFICATE_VARIABLES) copyInto(directory, env[name] ?? "");
  if (existsSync(OWN_CERTIFICATES))
    cpSync(OWN_CERTIFICATES, join(directory, OWN_CERTIFICATES), { recursive: true });
}

/** Proxies, certificates and the npm registry; nothing else of the caller's. */
export function environmentOf(env: Env): Env {
  const kept =
    /^(?:(?:https?|ftp|all|no)_proxy|npm_config_(?:registry|cafile|https?_proxy|proxy|noproxy)|pip_(?:(?:extra_)?index_url|trusted_host|cert|proxy))$/i;
  const names = Object.keys(env).filter((name) => kept.test(name) || CERTIFICATE_VARIABLES.includes(name));
  return {
    ...Object.fromEntries(names.map((name) => [name, env[name]])),
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/root",
    LANG: "C.UTF-8",
  };
}

// ---- files ----------------------------------------------------------------------------------------------------------
async function copyTerraform(directory: string, options: CommandOptions): Promise<void> {
  const found = await outputOf(["sh", "-c", 'readlink -f -- "$(command -v terraform)"'], options);
  const program = join(directory, "usr/local/bin/terraform");
  copyFileSync(found.trim(), program);
}

/** To the same place inside; a file that is not there is left out. */
function copyInto(directory: string, file: string): void {
  if (!file.startsWith("/") || !existsSync(file)) return;
  mkdirSync(dirname(join(directory, file)), { recursive: true });
  copyFileSync(file, join(directory, file));
}
