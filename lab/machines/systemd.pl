#!/usr/bin/perl
# The first process of a machine: starts the daemons of its units, tells when one has ended, buries orphans, and ends with
# the lab, when its input does. The kernel then ends every other process of the machine. A daemon is a process that has the
# name, the user and the sockets of the real one, and waits. Given: numbers of system calls, and room for longer names.
# Fields of a line, both ways, are divided by tabs.
use strict;
my %number = map { split /=/ } split /,/, $ARGV[0] // '';
my ($set_name, $die_with_parent, $kill, $do_not_wait, $interrupted) = (15, 1, 9, 1, 4);
my ($inet, $inet6, $unix, $stream, $datagram) = (2, 10, 1, 1, 2);
my ($no_such_address, $no_such_family) = (99, 97);
my %unit;    # by the process
my %orders = (start => \&start, signal => \&signal, shutdown => \&shut_down);

$| = 1;
$SIG{CHLD} = \&bury;
call_oneself('systemd', '/sbin/init');
say_line('ready');
my $input = '';
while (1) {
    my $count = sysread STDIN, $input, 65536, length $input;
    exit 0 if defined $count ? !$count : $! != $interrupted;
    while ($input =~ s/^(.*)\n//) { my ($order, @words) = split /\t/, $1, -1; $orders{$order}->(@words) }
}

sub say_line { print join("\t", @_), "\n" }

# start UNIT SOCKETS PROCESS...: the first process is the main one, the others are its children.
sub start {
    my ($unit, $sockets, @processes) = @_;
    my @sockets = eval { map { open_socket($_) } split / /, $sockets };
    return say_line('failed', $unit, $@ =~ s/\n//r) if $@;
    my $pid = fork // return say_line('failed', $unit, "fork: $!");
    if (!$pid) { live(\@sockets, @processes) }
    $unit{$pid} = $unit;
    say_line('started', $unit, $pid);
}

sub signal { my ($pid, $signal) = @_; kill $signal, -$pid if $unit{$pid} }

# Nobody is told of an end from now on.
sub shut_down { %unit = (); kill 'TERM', -1; say_line('down') }

sub bury {
    while ((my $pid = waitpid -1, $do_not_wait) > 0) {
        my $unit = delete $unit{$pid} // next;
        my $status = $?;
        kill $kill, -$pid;    # what is left of its group, as of a unit's
        say_line('gone', $unit, $pid, $status);
    }
}

# What `ps` and `pgrep` show.
sub call_oneself {
    my ($name, $title) = @_;
    $0 = $title;
    syscall($number{prctl}, $set_name, "$name\0", 0, 0, 0);
}

sub live {
    my ($sockets, $main, @others) = @_;
    $SIG{CHLD} = sub { };
    $SIG{HUP} = 'IGNORE';
    setpgrp 0, 0;
    open STDIN, '<', '/dev/null';
    open $_, '>', '/dev/null' for \*STDOUT, \*STDERR;
    my $parent = $$;
    become($main);
    my ($wanted, %child) = '';
    vec($wanted, fileno $_->{socket}, 1) = 1 for grep { !$_->{giver} } @$sockets;
    while (1) {
        for my $at (grep { !$child{$_} } 0 .. $#others) {
            my $pid = fork // next;
            if (!$pid) { live_as_child($others[$at], $sockets, $parent) }
            $child{$at} = $pid;
        }
        my $count = select(my $ready = $wanted, undef, undef, undef);
        refuse($_, $ready) for $count > 0 ? grep { !$_->{giver} } @$sockets : ();
        while ((my $pid = waitpid -1, $do_not_wait) > 0) { delete $child{$_} for grep { $child{$_} == $pid } keys %child }
    }
}

sub live_as_child {
    my ($process, $sockets, $parent) = @_;
    $SIG{CHLD} = 'DEFAULT';
    @$sockets = () if !become($process);
    syscall($number{prctl}, $die_with_parent, $kill, 0, 0, 0);
    exit 0 if getppid != $parent;
    sleep while 1;
}

# `user|name|title|1`, the last where it shares its parent's sockets.
sub become {
    my ($user, $name, $title, $shares) = split /\|/, $_[0];
    if ($user ne 'root' and open my $users, '<', '/etc/passwd') {
        my ($uid, $gid) = map { (split /:/)[2, 3] } grep { /^\Q$user\E:/ } readline $users;
        if (defined $uid) { ($), $() = ("$gid $gid", $gid); ($<, $>) = ($uid, $uid) }
    }
    call_oneself($name, $title);
    return $shares;
}

# Nobody is answered: a connection is closed, a packet is dropped.
sub refuse {
    my ($open, $ready) = @_;
    return if !vec $ready, fileno $open->{socket}, 1;
    if ($open->{stream}) { accept my $client, $open->{socket} }
    else { sysread $open->{socket}, my $dropped, 65536 }
}

# `tcp/HOST/PORT/BACKLOG`, `udp/HOST/PORT`; `api` is tcp, and whoever connects is the lab's to answer. Host `*` is every
# address of both kinds. Without IPv6 what is of IPv6 alone is left out.
sub open_socket {
    my ($kind, $host, $port, $backlog) = split m{/}, $_[0];
    my $is_wide = $host =~ /[*:]/;
    my $type = $kind eq 'udp' ? $datagram : $stream;
    my $is_made = socket my $socket, $is_wide ? $inet6 : $inet, $type, 0;
    if (!$is_made) { return $host eq '*' ? open_socket($_[0] =~ s/\*/0.0.0.0/r) : () }
    setsockopt $socket, 1, 2, 1 if $type == $stream;                      # SO_REUSEADDR
    setsockopt $socket, 41, 26, $host eq '*' ? 0 : 1 if $is_wide;        # IPV6_V6ONLY
    my $address = $is_wide
        ? pack('S n N a16 N', $inet6, $port, 0, "\0" x 15 . ($host eq '::1' ? "\1" : "\0"), 0)
        : pack('S n C4 x8', $inet, $port, split /\./, $host);
    if (!bind $socket, $address) {
        return () if $is_wide and $host ne '*' and ($! == $no_such_address or $! == $no_such_family);
        die "bind $host port $port: $!\n";
    }
    listen $socket, $backlog or die "listen: $!\n" if $type == $stream;
    return { socket => $socket, stream => $type == $stream, giver => $kind eq 'api' ? hand_over($socket) : undef };
}

# The lab answers as long as the connection by which it got the socket is open.
sub hand_over {
    my ($socket) = @_;
    socket my $giver, $unix, $stream, 0 or die "socket: $!\n";
    connect $giver, pack 'S a*', $unix, "\0lab-api" or die "the lab does not take it: $!\n";
    my $rights = pack 'Q l l l x4', 20, 1, 1, fileno $socket;            # SOL_SOCKET, SCM_RIGHTS
    my $byte = '.';
    my $vector = pack 'P Q', $byte, 1;
    my $message = pack 'Q L x4 P Q P Q l x4', 0, 0, $vector, 1, $rights, length $rights, 0;
    syscall($number{sendmsg}, fileno $giver, $message, 0) == 1 or die "sendmsg: $!\n";
    return $giver;
}
