/** A package of the catalogue as Debian would have built it: its fields, files, units and scripts. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pamFolder } from "../system/pam-folder.ts";
import type { Offer, OfferedDaemon } from "./catalogue.ts";
import type { Deb, DebFile } from "./deb.ts";

const PROGRAMS = join(import.meta.dirname, "programs");

/** `asking`: where on a node the script is that asks the lab. `setuid`: where its setuid programs are. */
export function debOf(offer: Offer, places: { asking: string; setuid: string }): Deb {
  const { name, version, section, description, depends, relations } = offer;
  return {
    control: {
      ...{
        Package: name,
        Version: version,
        Architecture: "amd64",
        Maintainer: "Debian <debian@lists.debian.org>",
      },
      ...{
        "Installed-Size": "64",
        ...(depends && { Depends: depends }),
        ...relations,
        Section: section,
        Priority: "optional",
      },
      Description: description,
    },
    scripts: scriptsOf(offer),
    files: [
      ...(offer.programs ?? []).map((path) => programFile(path, places)),
      ...Object.entries(offer.standIns ?? {}).map(([path, program]) => ({
        ...{ path, mode: 0o755, content: readFileSync(join(PROGRAMS, program), "utf8") },
      })),
      ...Object.entries(offer.pamModules ?? {}).map(([module, link]) => ({
        path: `${pamFolder()}/${module}.so`,
        link: `${link}.so`,
      })),
      ...Object.entries(offer.files ?? {}).map(([path, content]) => ({ path, content })),
      ...Object.entries(offer.daemons ?? {}).flatMap(([unit, daemon]) => daemonFiles(unit, daemon)),
    ],
  };
}

function programFile(path: string, { asking, setuid }: { asking: string; setuid: string }): DebFile {
  if (path === "usr/bin/sudo" && existsSync("/usr/bin/sudo")) return { path, link: `${setuid}/sudo` };
  return { path, link: existsSync(`/${path}`) ? path.replace(/^usr\//, "../.") : asking };
}

/** It stays until it is told to end; its configuration test finds nothing wrong. */
const DAEMON = `#!/usr/bin/perl
# A stand-in of the lab: a process under the name of the daemon.
use strict;
my ($name) = $0 =~ m{([^/]+)\\z};
if (grep { /^(?:-t|-T|-N[0-9]?|--test)\\z/ } @ARGV) { print STDERR "$name: configuration file test is successful\\n"; exit 0 }
if (grep { /^(?:-v|-V|--version)\\z/ } @ARGV) { print "$name (lab)\\n"; exit 0 }
$0 = join ' ', $0, @ARGV;
$SIG{TERM} = $SIG{INT} = sub { exit 0 };
$SIG{HUP} = sub { };
sleep 3600 while 1;
`;

function webServer(): string {
  return readFileSync(join(PROGRAMS, "web-server.pl"), "utf8");
}

function daemonFiles(unit: string, { program, description, servesPages }: OfferedDaemon): DebFile[] {
  const text = `[Unit]
Description=${description}
After=network.target

[Service]
Type=simple
ExecStart=/${program}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure

[Install]
WantedBy=multi-user.target
`;
  return [
    { path: program, content: servesPages ? webServer() : DAEMON, mode: 0o755 },
    { path: `usr/lib/systemd/system/${unit}.service`, content: text },
  ];
}

function scriptsOf({ daemons, enables, users, groups, files, links }: Offer): Record<string, string> {
  const units = [...Object.keys(daemons ?? {}).map((unit) => `${unit}.service`), ...(enables ?? [])];
  const profiles = Object.keys(files ?? {}).filter((path) => path.startsWith("usr/share/pam-configs/"));
  const made = [
    ...(profiles.length > 0 ? ["pam-auth-update --package\n"] : []),
    ...(groups ?? []).map((group) => `getent group ${group} >/dev/null || groupadd --system ${group}\n`),
    ...(users ?? []).map((user) => `getent passwd ${user} >/dev/null || useradd --system ${user}\n`),
    ...Object.entries(links ?? {}).map(
      ([path, target]) => `mkdir -p /${dirname(path)}; [ -L /${path} ] || ln -s ${target} /${path}\n`,
    ),
    ...units.map(
      (unit) =>
        `systemctl daemon-reload; systemctl enable ${unit} 2>/dev/null; systemctl restart ${unit} || true\n`,
    ),
  ];
  const script = (when: string, lines: readonly string[]) =>
    `#!/bin/sh\nset -e\nif [ "$1" = ${when} ]; then\n:\n${lines.join("")}fi\n`;
  const own = Object.keys(files ?? {}).some((path) => path.startsWith("etc/nginx/"))
    ? ["rm -rf /etc/nginx\n"]
    : [];
  return {
    postinst: script("configure", made),
    prerm: script("remove", [
      ...profiles.map((path) => `pam-auth-update --package --remove ${basename(path)}\n`),
      ...units.map((unit) => `systemctl stop ${unit} || true\n`),
    ]),
    postrm: `#!/bin/sh\nset -e\n${units.map((unit) => `rm -f /etc/systemd/system/multi-user.target.wants/${unit}\n`).join("")}if [ "$1" = purge ]; then\n:\n${own.join("")}fi\n`,
  };
}
