/** What daemons of a fresh node are told in /etc: the mail server as the installer leaves it, AppArmor's profiles by name. */

/** By path below the root. */
export function daemonEtc(node: string): Record<string, string> {
  const profiles = Object.entries(PROFILES).map(([file, heads]) => [
    `etc/apparmor.d/${file}`,
    `abi <abi/4.0>,\n\ninclude <tunables/global>\n\n${heads.map((head) => `${head} {\n}\n`).join("\n")}`,
  ]);
  return { "etc/postfix/main.cf": mainCf(node), ...Object.fromEntries(profiles) };
}

function mainCf(node: string): string {
  return `# See /usr/share/postfix/main.cf.dist for a commented, more complete version

myhostname=${node}.lab.example

smtpd_banner = $myhostname ESMTP $mail_name (Debian/GNU)
biff = no

# appending .domain is the MUA's job.
append_dot_mydomain = no

alias_maps = hash:/etc/aliases
alias_database = hash:/etc/aliases
mydestination = $myhostname, localhost.$mydomain, localhost
relayhost =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
recipient_delimiter = +

compatibility_level = 2
`;
}

/** By file, how each profile in it begins. */
const PROFILES: Readonly<Record<string, readonly string[]>> = {
  lsb_release: ["profile lsb_release"],
  "lxc-containers": ["profile lxc-container-default-cgns flags=(attach_disconnected,mediate_deleted)"],
  nvidia_modprobe: ["profile nvidia_modprobe"],
  "usr.bin.lxc-copy": ["/usr/bin/lxc-copy flags=(attach_disconnected)"],
  "usr.bin.lxc-start": ["/usr/bin/lxc-start flags=(attach_disconnected)"],
  "usr.bin.man": ["/usr/bin/man", "profile man_filter", "profile man_groff"],
  "usr.sbin.chronyd": ["/usr/sbin/chronyd flags=(attach_disconnected)"],
};
