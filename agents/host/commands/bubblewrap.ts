/** The arguments of bubblewrap: an empty machine, into which the listed things are put one by one. */
import { existsSync } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { ROOTS, resolveVisible, type Workspace } from "../files/paths.ts";
import type { CommandSpec } from "./command.ts";
import { FILTER_DESCRIPTOR } from "./confine.ts";
import { CALL_MARK } from "./descendants.ts";

/** Of /etc only this: names, certificates, the time zone. No passwords, no keys. */
const ETC = [
  "alternatives ansible bash.bashrc ca-certificates ca-certificates.conf crypto-policies debian_version group",
  "gai.conf host.conf hosts ld.so.cache ld.so.conf ld.so.conf.d localtime mime.types nsswitch.conf os-release",
  "passwd pki/ca-trust pki/tls/certs profile protocols python3 resolv.conf services ssl/certs ssl/openssl.cnf",
  "terminfo timezone",
].flatMap((line) => line.split(" "));

/** Folders that are links into /usr on today's systems, and folders on older ones. */
const SYSTEM = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

const TMP_BYTES = 1024 ** 3;

type Options = { workspace: Workspace; protect?: readonly string[]; programs?: readonly string[] };

/** What the kernel says about itself and everybody, for programs that only want to know themselves. */
const KERNEL_FILES = [
  "kallsyms",
  "kcore",
  "keys",
  "key-users",
  "kmsg",
  "kpagecgroup",
  "kpagecount",
  "kpageflags",
  "mtrr",
  "sysrq-trigger",
];
const KERNEL_FOLDERS = ["acpi", "asound", "bus", "driver", "dynamic_debug", "fs", "irq", "scsi"];

/** All arguments up to `--`. The command starts in `spec.cwd`, with the environment that bwrap has. */
export async function bubblewrapArguments(spec: CommandSpec, options: Options): Promise<string[]> {
  return [
    ...namespaces(spec),
    ...(await systemFolders()),
    ...["--proc", "/proc", ...hiddenKernelFiles()],
    // Read-only: for root the kernel's settings in /proc/sys are files of its own.
    ...["--remount-ro", "/proc"],
    ...["--dev", "/dev", "--size", String(TMP_BYTES), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"],
    ...["--size", String(TMP_BYTES), "--tmpfs", "/tmp"],
    ...(options.programs ?? []).flatMap((folder) => ["--ro-bind", folder, folder]),
    ...workspaceBinds(spec, options.workspace),
    ...(await protectedBinds(options)),
    ...(spec.folders ?? []).flatMap((folder) => ["--bind", folder, folder]),
    ...(spec.sockets ?? []).flatMap((socket) => ["--bind", socket, socket]),
    ...["--remount-ro", "/", "--setenv", CALL_MARK, spec.callId, "--chdir", spec.cwd],
  ];
}

function namespaces(spec: CommandSpec): string[] {
  const shared = ["user-try", "pid", "ipc", "uts", "cgroup-try"].map((name) => `--unshare-${name}`);
  const network = spec.isolation === "networked" ? [] : ["--unshare-net"];
  const rights = ["--cap-drop", "ALL", "--seccomp", FILTER_DESCRIPTOR];
  return [...shared, ...network, "--die-with-parent", "--new-session", ...rights];
}

/** Covered, each where the kernel has it. A sandbox of the lab covers the same. */
export function hiddenKernelFiles(): string[] {
  const existing = (names: readonly string[]) =>
    names.map((name) => `/proc/${name}`).filter((path) => existsSync(path));
  return [
    ...existing(KERNEL_FILES).flatMap((path) => ["--ro-bind", "/dev/null", path]),
    ...existing(KERNEL_FOLDERS).flatMap((path) => ["--tmpfs", path, "--remount-ro", path]),
  ];
}

async function systemFolders(): Promise<string[]> {
  const links = await Promise.all(SYSTEM.map(systemFolder));
  const etc = ETC.flatMap((name) => ["--ro-bind-try", `/etc/${name}`, `/etc/${name}`]);
  return ["--ro-bind", "/usr", "/usr", ...links.flat(), ...etc];
}

async function systemFolder(path: string): Promise<string[]> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats) return [];
  return stats.isSymbolicLink() ? ["--symlink", await readlink(path), path] : ["--ro-bind", path, path];
}

function workspaceBinds(spec: CommandSpec, workspace: Workspace): string[] {
  const bind = spec.isolation === "read-only" ? "--ro-bind" : "--bind";
  return ROOTS.flatMap((root) => [bind, workspace[root], root]);
}

/** The agent's own records: they can be read, not changed, nor moved away. */
async function protectedBinds({ workspace, protect = [] }: Options): Promise<string[]> {
  const entries = await readdir(workspace["/app/docs"], { withFileTypes: true });
  const logs = entries.filter(
    (entry) => entry.isFile() && (isExecutionLog(entry.name) || isRequirements(entry.name)),
  );
  const files = logs.flatMap(({ name }) => [
    "--ro-bind",
    join(workspace["/app/docs"], name),
    `/app/docs/${name}`,
  ]);
  const folders = protect.map(async (path) => ["--ro-bind", await resolveVisible(workspace, path), path]);
  return [...files, ...(await Promise.all(folders)).flat()];
}

/** Written by the runtime alone. */
/** What the team's work is measured by: the coordinator writes it, who has no commands. */
export function isRequirements(name: string): boolean {
  return name === "requirements.md";
}

export function isExecutionLog(name: string): boolean {
  return /^execution_log_.*\.md$/i.test(name);
}
