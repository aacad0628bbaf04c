/** The mirror from which a node's apt installs: indexes of Debian and Proxmox, and the packages of the catalogue. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { nodePackages } from "../system/node-packages.ts";
import { offers } from "./catalogue.ts";
import { controlText, packDeb } from "./deb.ts";
import { debOf } from "./offered-deb.ts";
import { isOfProxmox, packageFields } from "./package-fields.ts";

type Suite = {
  host: string;
  path: string;
  suite: string;
  origin: string;
  label: string;
  components: readonly string[];
  /** Whether it has the packages of Debian. */
  isMain?: boolean;
};

const DEBIAN = {
  host: "deb.debian.org",
  path: "debian",
  origin: "Debian",
  components: ["main", "contrib", "non-free-firmware", "non-free"],
};
const UBUNTU = {
  host: "archive.ubuntu.com",
  path: "ubuntu",
  origin: "Ubuntu",
  label: "Ubuntu",
  components: ["main", "universe", "restricted", "multiverse"],
};
const SUITES: readonly Suite[] = [
  { ...DEBIAN, suite: "trixie", label: "Debian", isMain: true },
  { ...DEBIAN, suite: "trixie-updates", label: "Debian" },
  { ...DEBIAN, suite: "trixie-backports", label: "Debian Backports" },
  {
    ...DEBIAN,
    host: "security.debian.org",
    path: "debian-security",
    suite: "trixie-security",
    label: "Debian-Security",
  },
  { ...UBUNTU, suite: "noble", isMain: true },
  { ...UBUNTU, suite: "noble-updates" },
  { ...UBUNTU, suite: "noble-backports" },
  { ...UBUNTU, host: "security.ubuntu.com", suite: "noble-security" },
  {
    host: "download.proxmox.com",
    path: "debian/pve",
    suite: "trixie",
    isMain: true,
    origin: "Proxmox",
    label: "Proxmox Virtual Environment",
    components: ["pve-no-subscription", "pve-test"],
  },
  {
    host: "download.proxmox.com",
    path: "debian/ceph-squid",
    suite: "trixie",
    origin: "Proxmox",
    label: "Proxmox Ceph",
    components: ["no-subscription", "test"],
  },
];

/** Once, into `directory`: a folder for each host. */
export function makeMirror(directory: string, places: { asking: string; setuid: string }): void {
  if (existsSync(directory)) return;
  const put = (path: string, content: string | Buffer) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  };
  const offered = offers().map((offer) => {
    const deb = debOf(offer, places);
    const content = packDeb(deb);
    const file = `pool/main/${offer.name[0]}/${offer.name}/${offer.name}_${offer.version.replace(/^\d+:/, "")}_amd64.deb`;
    for (const { host, path } of [DEBIAN, UBUNTU]) put(`${host}/${path}/${file}`, content);
    const place = { Filename: file, Size: String(content.length), SHA256: sha256(content) };
    return controlText({ ...deb.control, ...place });
  });
  const installed = nodePackages().map(({ name, version }) => ({
    text: indexEntry(name, version),
    isProxmox: isOfProxmox(name, version),
  }));
  const index = (suite: Suite, component: string) => {
    if (!suite.isMain) return "";
    const isDebian = component === "main" && suite.origin !== "Proxmox";
    if (isDebian)
      return [...installed.filter((each) => !each.isProxmox).map(({ text }) => text), ...offered].join("\n");
    return component === "pve-no-subscription"
      ? installed
          .filter((each) => each.isProxmox)
          .map(({ text }) => text)
          .join("\n")
      : "";
  };
  for (const suite of SUITES) {
    const base = `${suite.host}/${suite.path}/dists/${suite.suite}`;
    const files = suite.components.map(
      (component) => [`${component}/binary-amd64/Packages`, index(suite, component)] as const,
    );
    for (const [path, content] of files) put(`${base}/${path}`, content);
    put(`${base}/InRelease`, signed(release(suite, files)));
  }
}

function indexEntry(name: string, version: string): string {
  const file = `pool/${name[0]}/${name}_${version.replace(/^\d+:/, "")}_amd64.deb`;
  return controlText({
    ...packageFields(name, version),
    Filename: file,
    Size: "1024",
    SHA256: sha256(`${name} ${version}`),
  });
}

function release(suite: Suite, files: readonly (readonly [string, string])[]): string {
  const sums = files.map(([path, content]) => ` ${sha256(content)} ${Buffer.byteLength(content)} ${path}\n`);
  const fields = {
    ...{
      Origin: suite.origin,
      Label: suite.label,
      Suite: suite.suite.replace("trixie", "stable"),
      Codename: suite.suite,
    },
    ...{
      Date: "Sat, 15 Nov 2025 09:28:51 UTC",
      Architectures: "all amd64",
      Components: suite.components.join(" "),
    },
  };
  return `${controlText(fields)}SHA256:\n${sums.join("")}`;
}

/** In the form of a signed text; the node's apt takes everything of the lab's mirror for signed. */
function signed(text: string): string {
  return (
    `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${text}-----BEGIN PGP SIGNATURE-----\n\n` +
    "iHUEARYIAB0WIQQ=\n=lab0\n-----END PGP SIGNATURE-----\n"
  );
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
