/** What a machine's first process mounts before it lets go of this machine's files: steps for namespaces.pl. */
import { existsSync, lstatSync, readdirSync, readlinkSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { hiddenKernelFiles } from "../../agents/host/commands/bubblewrap.ts";
import { CONTROL_DIR, LAB_DIR } from "./machine.ts";
import { ownFolders } from "./own-folders.ts";
import { PROC_FILES } from "./proc-files.ts";
import { SETUID } from "./programs.ts";
import { usrSteps } from "./usr-additions.ts";

export type Layout = {
  /** Where its folders are: root, lab, kernel, proc, pve, usr-local. The steps name them from there. */
  directory: string;
  /** Of this machine, in which its control socket is. */
  controlDirectory: string;
  hasPve: boolean;
};

type Step = readonly [what: string, from: string, to: string];

const SYSTEM_FOLDERS = ["bin", "sbin", "lib", "lib32", "lib64"];
const DEVICES = ["null", "zero", "full", "random", "urandom", "tty"];

/** Of /usr, a machine's own. */
const OWN_FOLDERS = ["bin", "sbin", "local"];

/** Each `what`, tab, `from`, tab, `to`. */
export function layoutSteps(layout: Layout): string[] {
  const { directory, controlDirectory, hasPve } = layout;
  const steps: Step[] = [
    ["bind", "root", ""],
    ...systemSteps(directory),
    ["bind", "usr-local", "/usr/local"],
    ...ownFolders().map((path): Step => ["bind", `own/${path}`, `/${path}`]),
    ...SYSTEM_FOLDERS.flatMap((name) => systemFolder(join(directory, "root"), name)),
    ["ro", "lab", LAB_DIR],
    ...(hasPve ? [["ro", "pve", "/etc/pve"] as const] : []),
    ...kernelSteps(),
    ...deviceSteps(),
    ["tmpfs", "mode=755,size=64m", "/run"],
    ...["/run/sshd", "/run/systemd", "/run/systemd/system", "/run/lock"].map(
      (path): Step => ["folder", "755", path],
    ),
    ["folder", "755", "/run/.proc"],
    ["ro", "proc", "/run/.proc"],
    ["bind", fromWithin(directory, controlDirectory), CONTROL_DIR],
    ["tmpfs", "mode=1777,size=256m", "/tmp"],
    ...setuidSteps(),
    ...packageSteps(),
  ];
  return steps.map((step) => step.join("\t"));
}

/** This machine's /usr, part by part; its programs lie beside those that a node shows of them. */
function systemSteps(directory: string): Step[] {
  const folders = readdirSync("/usr", { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const shared = folders.map(({ name }) => name).filter((name) => !OWN_FOLDERS.includes(name));
  const release: Step[] = existsSync("/usr/lib/os-release")
    ? [["ro", "root/etc/os-release", "/usr/lib/os-release"]]
    : [];
  return [
    ...shared.flatMap((name): Step[] => usrSteps(directory, name)),
    ["ro", "/usr/bin", "/usr/.bin"],
    ["ro", "/usr/sbin", "/usr/.sbin"],
    ...release,
  ];
}

/** Who makes the machine may not get to its folder by the whole path: what is near is named from there. */
function fromWithin(directory: string, path: string): string {
  const near = relative(directory, path);
  return near.startsWith("../../../") ? path : near;
}

function kernelSteps(): Step[] {
  const hidden = hiddenKernelFiles(); // as arguments of bubblewrap: --ro-bind /dev/null PATH, --tmpfs PATH
  const covered = hidden.flatMap((word, at): Step[] => {
    if (word === "--ro-bind") return [["ro", "/dev/null", hidden[at + 2] ?? ""]];
    return word === "--tmpfs" ? [["tmpfs", "mode=555", hidden[at + 1] ?? ""]] : [];
  });
  const own = PROC_FILES.filter((name) => existsSync(`/proc/${name}`));
  return [
    ["proc", "", "/proc"],
    ...covered,
    ["bind", "kernel", "/proc/sys"],
    ...own.map((name): Step => ["ro", `proc/${name}`, `/proc/${name}`]),
    ["networks", "", "/sys"],
  ];
}

function deviceSteps(): Step[] {
  return [
    ["tmpfs", "dev,mode=755,size=1m", "/dev"],
    ...DEVICES.map((name): Step => ["bind", `/dev/${name}`, `/dev/${name}`]),
    ["folder", "755", "/dev/pts"],
    ["devpts", "newinstance,ptmxmode=0666,mode=620,gid=5", "/dev/pts"],
    ["folder", "1777", "/dev/shm"],
    ["tmpfs", "mode=1777,size=256m", "/dev/shm"],
    ["link", "pts/ptmx", "/dev/ptmx"],
    ["link", "/proc/self/fd", "/dev/fd"],
    ...["stdin", "stdout", "stderr"].map(
      (name, number): Step => ["link", `/proc/self/fd/${number}`, `/dev/${name}`],
    ),
  ];
}

/** On a file system of the machine's own, in which the mark holds. */
function setuidSteps(): Step[] {
  const programs = [...SETUID, "sudo"].flatMap((name) =>
    ["/usr/bin/", "/usr/sbin/"].map((folder) => folder + name).filter(isFile),
  );
  const folder = `${CONTROL_DIR}-setuid`;
  return [
    ["folder", "711", folder],
    ["tmpfs", "suid,mode=711,size=16m", folder],
    ...programs.map((program): Step => ["setuid", program, folder]),
  ];
}

/** /bin and its like: links into /usr on most systems, folders on some. */
function systemFolder(root: string, name: string): Step[] {
  const path = `/${name}`;
  if (!existsSync(path)) return [];
  if (!lstatSync(path).isSymbolicLink()) return [["ro", path, path]];
  const link = join(root, name); // dangling, seen from here: /usr is mounted later
  if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(readlinkSync(path), link);
  return [];
}

/** apt fetches from the lab's own mirror; units of packages are the machine's. */
function packageSteps(): Step[] {
  const methods = ["http", "https", "gpgv", "sqv"]
    .map((name) => `/usr/lib/apt/methods/${name}`)
    .filter(isFile);
  const units = "/usr/lib/systemd/system";
  return [
    ...methods.map((path): Step => ["ro", "lab/bin/apt-method", path]),
    ...(existsSync(units) ? [["bind", "units", units] as const] : []),
  ];
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
