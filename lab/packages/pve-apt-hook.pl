#!/usr/bin/perl
# What apt asks before dpkg does anything (apt.conf, DPkg::Pre-Install-Pkgs, version 2): without proxmox-ve a node is none,
# so its removal is refused unless somebody has made the file that says it is meant.
use strict;
exit 0 if -e '/please-remove-proxmox-ve';
while (my $line = <STDIN>) {
    next if $line !~ /^proxmox-ve \S+ .*\*\*REMOVE\*\*$/;
    print STDERR map { "W: (pve-apt-hook) $_\n" } '!! WARNING !!', "You are attempting to remove the meta-package 'proxmox-ve'!", '',
        "If you really want to permanently remove 'proxmox-ve' from your system, run the following command",
        "\ttouch '/please-remove-proxmox-ve'", 'run apt purge proxmox-ve to remove the meta-package',
        'and repeat your apt invocation.', '', "If you are unsure why 'proxmox-ve' would be removed, please verify",
        "\t- your APT repository settings", "\t- that you are using 'apt full-upgrade' to upgrade your system";
    exit 1;
}
