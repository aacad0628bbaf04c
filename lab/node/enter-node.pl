# Starts a command in a node: `enter-node.pl PID PRCTL SETNS FILTER CAPABILITIES COMMAND...`. PID is the node's first
# process, FILTER in hexadecimal. Rights are given away before anything of the node's own files is run, or loaded as a
# library: its root may have changed them. Ends as the command does.
use strict;
my ($pid, $prctl, $setns, $hex, $kept, @command) = @ARGV;
my ($drop_from_bounding_set, $set_seccomp, $mode_filter, $last_capability) = (24, 22, 2, 63);

my @namespaces = map { open my $file, '<', "/proc/$pid/ns/$_" or die "$_: $!\n"; $file } qw(user ipc uts net pid mnt);
syscall($setns, fileno $_, 0) == 0 or die "setns: $!\n" for @namespaces;
close $_ for @namespaces;
my $child = fork // die "fork: $!\n";    # of the node's processes; this one stays outside
become() if !$child;
waitpid $child, 0;
my $signal = $? & 127;
exit $? >> 8 if !$signal;
$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP QUIT PIPE);
kill $signal, $$;
exit 128 + $signal;

sub become {
    chdir '/root' or chdir '/';
    my $filter = pack 'H*', $hex;
    my $program = pack 'S x![P] P', length($filter) / 8, $filter;
    syscall($prctl, $set_seccomp, $mode_filter, $program, 0, 0) == 0 or die "seccomp: $!\n";
    my %kept = map { $_ => 1 } split /,/, $kept;
    for my $capability (grep { !$kept{$_} } 0 .. $last_capability) {
        syscall($prctl, $drop_from_bounding_set, $capability, 0, 0, 0);    # the kernel may know fewer
    }
    exec { $command[0] } @command or print STDERR "$command[0]: $!\n";
    exit 127;
}
