/** The files in which a fresh node keeps what is installed and from where: those of dpkg, those of apt. */
import { dirname } from "node:path";
import { type NodePackage, nodePackages } from "../system/node-packages.ts";
import { pamFolder } from "../system/pam-folder.ts";
import { type BuiltIn, builtInUnits, programOf, vendorFile } from "../systemd/unit-view.ts";
import { controlText } from "./deb.ts";
import { packageFields } from "./package-fields.ts";

const PROXMOX_KEY = "/usr/share/keyrings/proxmox-archive-keyring.gpg";
export const DEBIAN_KEY = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** `where`: the address and the suites. */
export function source(where: string, components: string, key: string): string {
  const [uri, ...suites] = where.split(" ");
  return `Types: deb\nURIs: ${uri}\nSuites: ${suites.join(" ")}\nComponents: ${components}\nSigned-By: ${key}\n`;
}

const PAM = pamFolder() ?? "usr/lib/security";

/** By owner: none of the other packages that put something there is the last, with which a folder goes. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  "libpam-modules": ["/usr/lib", `/${dirname(PAM)}`, `/${PAM}`],
  "libpam-runtime": ["/usr/share", "/usr/share/pam-configs"],
  "base-files": ["/usr/share", "/usr/share/dict"],
  systemd: ["/usr/lib", "/usr/lib/systemd", "/usr/lib/systemd/system"],
};

/** On a node it lies in /usr/share/proxmox-ve. */
const HOOK = "/opt/lab/bin/pve-apt-hook";

/** By path below the root: those of a node. */
export function packageFiles(): Record<string, string> {
  return {
    ...installedFiles(nodePackages()),
    ...nodeSources(),
    "etc/apt/apt.conf.d/10pveapthook": `DPkg::Pre-Install-Pkgs { "${HOOK}"; };\nDPkg::Tools::Options::${HOOK}::Version "2";\n`,
  };
}

function nodeSources(): Record<string, string> {
  const parts = "main contrib non-free-firmware";
  const sources = {
    "debian.sources":
      `${source("http://deb.debian.org/debian/ trixie trixie-updates", parts, DEBIAN_KEY)}\n` +
      source("http://security.debian.org/debian-security/ trixie-security", parts, DEBIAN_KEY),
    "pve-enterprise.sources": source(
      "https://enterprise.proxmox.com/debian/pve trixie",
      "pve-enterprise",
      PROXMOX_KEY,
    ),
    "ceph.sources": source(
      "https://enterprise.proxmox.com/debian/ceph-squid trixie",
      "enterprise",
      PROXMOX_KEY,
    ),
  };
  return Object.fromEntries(
    Object.entries(sources).map(([name, text]) => [`etc/apt/sources.list.d/${name}`, text]),
  );
}

/** What tells dpkg and apt of these packages. */
export function installedFiles(packages: readonly NodePackage[]): Record<string, string> {
  const lists = packages.map(({ name, programs }): [string, string] => [
    `var/lib/dpkg/info/${name}.list`,
    [
      "/.",
      "/usr",
      ...new Set(programs.map((path) => `/${path.slice(0, path.lastIndexOf("/"))}`)),
      ...programs.map((path) => `/${path}`),
      ...unitsOf(programs).map((unit) => vendorFile(unit.name)),
      ...(FOLDERS[name] ?? []),
      "/usr/share/doc",
      `/usr/share/doc/${name}`,
      `/usr/share/doc/${name}/copyright`,
    ]
      .map((path) => `${path}\n`)
      .join(""),
  ]);
  return {
    ...Object.fromEntries(lists),
    ...Object.fromEntries(lists.map(([path]) => [path.replace(/list$/, "md5sums"), ""])),
    ...removals(),
    "etc/apt/apt.conf.d/01autoremove":
      'APT::NeverAutoRemove { "^firmware-linux.*"; "^linux-image-[a-z0-9]*$"; };\n',
    "etc/apt/apt.conf.d/70debconf": "",
    "etc/dpkg/dpkg.cfg": "no-debsig\nlog /var/log/dpkg.log\n",
    "var/lib/dpkg/info/format": "1\n",
    "var/lib/dpkg/status": status(packages),
    "var/lib/dpkg/available": "",
    "var/lib/apt/extended_states": "",
    "var/log/dpkg.log": "",
    "var/log/apt/history.log": "",
  };
}

function unitsOf(programs: readonly string[]): BuiltIn[] {
  return builtInUnits().filter((unit) => programs.includes(programOf(unit) ?? ""));
}

/** What ends a package's services when it goes, in the way of dh_installsystemd. */
function removals(): Record<string, string> {
  return Object.fromEntries(
    nodePackages().flatMap(({ name, programs }) => {
      const stops = unitsOf(programs)
        .map((unit) => `systemctl stop ${unit.name} || true\n`)
        .join("");
      const script = `#!/bin/sh\nset -e\nif [ "$1" = remove ]; then\n${stops}fi\n`;
      return stops ? [[`var/lib/dpkg/info/${name}.prerm`, script] as const] : [];
    }),
  );
}

/** Those of `files` that dpkg runs. */
export function packageScripts(files: Readonly<Record<string, string>>): string[] {
  return Object.keys(files).filter((path) => path.endsWith(".prerm"));
}

export const PACKAGE_FOLDERS: readonly string[] = [
  "etc/apt/auth.conf.d",
  "etc/apt/keyrings",
  "etc/apt/preferences.d",
  "etc/apt/trusted.gpg.d",
  "etc/dpkg/dpkg.cfg.d",
  "etc/logrotate.d",
  "etc/default",
  "var/cache/apt/archives/partial",
  "var/cache/debconf",
  "var/lib/apt/lists/partial",
  "var/lib/dpkg/parts",
  "var/lib/dpkg/triggers",
  "var/lib/dpkg/updates",
];

function status(packages: readonly NodePackage[]): string {
  const stanza = (name: string, version: string) => {
    const { Package, ...rest } = packageFields(name, version);
    return controlText({ Package: Package ?? name, Status: "install ok installed", ...rest });
  };
  return packages.map(({ name, version }) => `${stanza(name, version)}\n`).join("");
}
