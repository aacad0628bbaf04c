/** The operating systems that guests boot: what their images are, beside what every Debian has. */
import type { OsName } from "../cluster/os-images.ts";
import { DEBIAN_KEY, source } from "../packages/package-files.ts";
import { type NodePackage, nodePackages } from "../system/node-packages.ts";
import { type BuiltIn, builtInUnits } from "../systemd/unit-view.ts";

export type GuestOs = {
  id: "debian" | "ubuntu";
  prettyName: string;
  version: string;
  codename: string;
  /** Of a virtual machine; a container has its node's. */
  kernel: string;
  /** Whom its cloud image lets in by cloud-init. */
  defaultUser: string;
  /** By path below the root. */
  sources: Readonly<Record<string, string>>;
};

const UBUNTU_KEY = "/usr/share/keyrings/ubuntu-archive-keyring.gpg";
const UBUNTU_PARTS = "main universe restricted multiverse";

const SYSTEMS: Readonly<Record<OsName, GuestOs>> = {
  "debian-13": {
    ...{ id: "debian", prettyName: "Debian GNU/Linux 13 (trixie)", version: "13", codename: "trixie" },
    ...{ kernel: "6.12.57+deb13-cloud-amd64", defaultUser: "debian" },
    sources: {
      "etc/apt/sources.list.d/debian.sources":
        `${source("http://deb.debian.org/debian trixie trixie-updates trixie-backports", "main", DEBIAN_KEY)}\n` +
        source("http://security.debian.org/debian-security trixie-security", "main", DEBIAN_KEY),
    },
  },
  "ubuntu-24.04": {
    ...{ id: "ubuntu", prettyName: "Ubuntu 24.04.3 LTS", version: "24.04", codename: "noble" },
    ...{ kernel: "6.8.0-87-generic", defaultUser: "ubuntu" },
    sources: {
      "etc/apt/sources.list.d/ubuntu.sources":
        `${source("http://archive.ubuntu.com/ubuntu noble noble-updates noble-backports", UBUNTU_PARTS, UBUNTU_KEY)}\n` +
        source("http://security.ubuntu.com/ubuntu noble-security", UBUNTU_PARTS, UBUNTU_KEY),
    },
  },
};

export function guestOs(name: string): GuestOs | undefined {
  return Object.hasOwn(SYSTEMS, name) ? SYSTEMS[name as OsName] : undefined;
}

export function osRelease({ id, prettyName, version, codename }: GuestOs): string {
  const name = id === "debian" ? "Debian GNU/Linux" : "Ubuntu";
  const long = id === "debian" ? `${version} (${codename})` : `${version}.3 LTS (Noble Numbat)`;
  const like = id === "debian" ? "" : "ID_LIKE=debian\n";
  return (
    `PRETTY_NAME="${prettyName}"\nNAME="${name}"\nVERSION_ID="${version}"\nVERSION="${long}"\n` +
    `VERSION_CODENAME=${codename}\nID=${id}\n${like}`
  );
}

/** Of a node's packages, those of a plain Debian. */
const PACKAGES = new Set(
  (
    "adduser apt apt-utils base-files base-passwd bash bash-completion bsdutils bzip2 ca-certificates coreutils cron " +
    "cron-daemon-common curl dash dbus dbus-bin dbus-daemon debconf debian-archive-keyring debianutils diffutils dpkg e2fsprogs " +
    "fdisk file findutils gettext-base gpg gpgv grep groff-base gzip hostname init init-system-helpers iproute2 iptables " +
    "iputils-ping kmod less libc-bin libc6 libcap2-bin libpam-modules libpam-modules-bin libpam-runtime libpam-systemd locales " +
    "login login.defs logrotate lsb-release lsof man-db mawk media-types mount nano ncurses-base ncurses-bin netbase " +
    "netcat-traditional nftables openssh-client openssh-server openssh-sftp-server openssl passwd patch perl perl-base procps " +
    "psmisc python3 python3-apt python3-minimal python3.13 python3.13-minimal readline-common rsync sed sensible-utils socat sqv " +
    "strace systemd systemd-sysv sysvinit-utils tar tcpdump time traceroute tzdata ucf udev util-linux util-linux-extra " +
    "uuid-runtime vim-common vim-tiny wget whiptail xz-utils zlib1g zstd"
  ).split(" "),
);

/** In Debian's versions, whichever system it is. */
export function guestPackages(): readonly NodePackage[] {
  return nodePackages().filter(({ name }) => PACKAGES.has(name));
}

const UNITS =
  /^(?:ssh|cron|nftables|dbus|getty@tty1|systemd-(?:journald|logind|udevd|modules-load|sysctl|tmpfiles-setup|random-seed|tmpfiles-clean)|apt-daily(?:-upgrade)?|logrotate|dpkg-db-backup|fstrim|man-db)\.(?:service|socket|timer)$|^(?!pve|zfs)[\w-]+\.target$/;

/** Its units before anybody has put something there. A container has no terminal of a computer. */
export function guestUnits(isContainer: boolean): readonly BuiltIn[] {
  return builtInUnits().filter(({ name }) => UNITS.test(name) && !(isContainer && name.startsWith("getty@")));
}
