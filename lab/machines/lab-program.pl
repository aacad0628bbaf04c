#!/usr/bin/perl
# The one program behind `qm`, `pvesh`, `systemctl` and the others on a machine: hands its name and arguments to the lab
# and ends as that says. Who asks is the owner of a file that it leaves.
use Fcntl;
use Socket;
my ($name) = $0 =~ m{([^/]+)\z};
my $proof = "/run/lab/callers/$$." . int rand 1e9;
sysopen my $mine, $proof, O_WRONLY | O_CREAT | O_EXCL, 0600 or give_up($!);
close $mine;
my $input = '';
# What a user gives to these is read as that user.
if ($name =~ /^(?:at|batch|crontab)\z/) { local $/; my ($file) = grep { !/^-./ and -f } @ARGV; my $from = \*STDIN;
    if ($name eq 'crontab' and defined $file) { open $from, '<', $file or die "$file: $!\n" }
    $input = readline($from) // '' if $from ne \*STDIN or !-t STDIN and !grep { /^-[lr]/ } @ARGV }
# What goes on to a guest: a caller who holds a pipe open and says nothing says nothing.
if ($name eq 'pct' and ($ARGV[0] // '') =~ /^(?:exec|enter)\z/ or $name eq 'qm' and grep { /^--?pass-stdin/ } @ARGV) { local $/;
    vec(my $ready = '', 0, 1) = 1;
    $input = readline(STDIN) // '' if !-t STDIN and select($ready, undef, undef, 0.3) > 0 }
socket my $lab, PF_UNIX, SOCK_STREAM, 0 or give_up($!);
connect $lab, pack_sockaddr_un('/run/lab/control.sock') or give_up($!);
my $asked = join "\0", $proof =~ m{([^/]+)\z}, scalar(@ARGV) + 1, $name, @ARGV, $input;
while (length $asked) { my $sent = syswrite $lab, $asked; defined $sent or give_up($!); substr $asked, 0, $sent, '' }
shutdown $lab, 1;
binmode $lab;
my ($code, $length) = split ' ', readline $lab // give_up('no answer');
read $lab, my $output, $length if $length;
{ local $/; print STDERR readline $lab }
print $output if $length;
exit $code;

sub give_up { print STDERR "lab: this machine does not answer: $_[0]\n"; exit 255 }
