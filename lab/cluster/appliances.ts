/** The templates of containers that Proxmox' index offers to a new node: a selection of it, by section. */

export type Appliance = { section: string; template: string; headline: string };

const TEMPLATES = `
mail proxmox-mail-gateway-9.0-standard_9.0-1_amd64.tar.zst Proxmox Mail Gateway 9.0
system almalinux-9-default_20240911_amd64.tar.xz LXC default image for almalinux 9
system alpine-3.21-default_20241217_amd64.tar.xz LXC default image for alpine 3.21
system alpine-3.22-default_20250617_amd64.tar.xz LXC default image for alpine 3.22
system archlinux-base_20240911-1_amd64.tar.zst ArchLinux base image.
system centos-9-stream-default_20240828_amd64.tar.xz LXC default image for centos 9-stream
system debian-12-standard_12.12-1_amd64.tar.zst Debian 12 Bookworm (standard)
system debian-13-standard_13.1-2_amd64.tar.zst Debian 13 Trixie (standard)
system devuan-5.0-standard_5.0_amd64.tar.gz Devuan 5 (standard)
system fedora-42-default_20250428_amd64.tar.xz LXC default image for fedora 42
system opensuse-15.6-default_20240910_amd64.tar.xz LXC default image for opensuse 15.6
system rockylinux-9-default_20240912_amd64.tar.xz LXC default image for rockylinux 9
system ubuntu-22.04-standard_22.04-1_amd64.tar.zst Ubuntu 22.04 Jammy (standard)
system ubuntu-24.04-standard_24.04-2_amd64.tar.zst Ubuntu 24.04 Noble (standard)
system ubuntu-25.04-standard_25.04-1.1_amd64.tar.zst Ubuntu 25.04 Plucky (standard)
turnkeylinux debian-12-turnkey-core_18.1-1_amd64.tar.gz TurnKey Core
turnkeylinux debian-12-turnkey-nextcloud_18.2-1_amd64.tar.gz TurnKey Nextcloud
turnkeylinux debian-12-turnkey-postgresql_18.0-1_amd64.tar.gz TurnKey PostgreSQL
turnkeylinux debian-12-turnkey-wordpress_18.2-1_amd64.tar.gz TurnKey WordPress`;

export const APPLIANCES: readonly Appliance[] = TEMPLATES.trim()
  .split("\n")
  .map((line) => {
    const [section = "", template = "", ...headline] = line.split(" ");
    return { section, template, headline: headline.join(" ") };
  });

export function locationOf({ section, template }: Appliance): string {
  const folder = section === "turnkeylinux" ? "https://releases.turnkeylinux.org/pve" : null;
  return `${folder ?? `http://download.proxmox.com/images/${section}`}/${template}`;
}
