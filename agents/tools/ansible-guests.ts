/** How ansible's own ssh reaches guests: by a door of the agent, with an SSH agent that knows the guests' key alone. */
import type { GuestRun } from "../host/nodes/host.ts";

/** In the run folder. */
export const SSH_CONFIG = "ssh_config";
export const DOOR_PROGRAM = "guest-door.pl";

/** `guest-door.pl SOCKET NAME`: says the name, then carries bytes both ways. Perl is wherever the sandbox is. */
export const DOOR_SOURCE = `use strict;
use Socket;
my ($path, $name) = @ARGV;
socket my $door, PF_UNIX, SOCK_STREAM, 0 or die "socket: $!\\n";
connect $door, pack_sockaddr_un($path) or die "the guests' door: $!\\n";
syswrite $door, "$name\\n";
my %to = (fileno(STDIN) => [*STDIN, $door], fileno($door) => [$door, *STDOUT]);
while (%to) {
    my $ready = '';
    vec($ready, $_, 1) = 1 for keys %to;
    next if select($ready, undef, undef, undef) <= 0;
    for my $number (grep { vec $ready, $_, 1 } keys %to) {
        my ($from, $into) = @{ $to{$number} };
        my $bytes = sysread $from, my $given, 65536;
        if (!$bytes) { exit 0 if $number == fileno $door; shutdown $door, 1; delete $to{$number}; next }
        for (my $at = 0; $at < $bytes; ) { $at += syswrite($into, $given, $bytes - $at, $at) // exit 1 }
    }
}
`;

/** Names, paths and pins are of ours: none holds a space. */
export function sshConfig({ door, guests }: GuestRun, folder: string): string {
  const blocks = guests.map(
    ({ name, pin, agent }) =>
      `Host ${name}\n  ProxyCommand perl ${folder}/${DOOR_PROGRAM} ${door} ${name}\n  HostKeyAlias ${pin}\n  IdentityAgent ${agent}\n`,
  );
  return blocks.join("");
}
