# Takes rights away before a command begins, and becomes it: `confine.pl HOW PRCTL FILTER COMMAND...`, FILTER in
# hexadecimal. HOW is "self" (the filter holds from here on) or "bwrap" (bubblewrap loads it once it has made its
# sandbox: the word FILTER in COMMAND becomes the number of a descriptor to read it from). Names of modules: none.
use strict;
my ($how, $prctl, $hex, @command) = @ARGV;
my ($set_no_new_privs, $set_seccomp, $mode_filter) = (38, 22, 2);
my $filter = pack 'H*', $hex;

syscall($prctl, $set_no_new_privs, 1, 0, 0, 0) == 0 or die "no_new_privs: $!\n";
keep_to_itself();
$how eq 'bwrap' ? hand_over() : load();
exec { $command[0] } @command or print STDERR "$command[0]: $!\n";
exit 127;

# Signals and abstract sockets reach nobody outside: a kernel since 6.12 can see to it (Landlock). The namespaces of
# bubblewrap and the other user of a container hold without it.
sub keep_to_itself {
    my ($create_ruleset, $restrict_self) = (444, 446);
    my ($abstract_sockets, $signals) = (1, 2);
    my $rules = pack 'Q3', 0, 0, $abstract_sockets | $signals;
    my $set = syscall $create_ruleset, $rules, length $rules, 0;
    return if $set < 0;
    syscall($restrict_self, $set, 0) == 0 or die "landlock: $!\n";
    open my $file, '<&=', $set;    # closed with it
}

# A pipe holds all of it.
sub hand_over {
    local $^F = 255;    # descriptors up to this one stay open
    pipe my $read, my $write or die "pipe: $!\n";
    syswrite($write, $filter) == length $filter or die "filter: $!\n";
    close $write;
    my $number = fileno $read;
    $_ eq 'FILTER' and $_ = $number for @command;
    exec { $command[0] } @command or print STDERR "$command[0]: $!\n";
    exit 127;
}

# struct sock_fprog: how many instructions, and where they are.
sub load {
    my $program = pack 'S x![P] P', length($filter) / 8, $filter;
    syscall($prctl, $set_seccomp, $mode_filter, $program, 0, 0) == 0 or die "seccomp: $!\n";
}
