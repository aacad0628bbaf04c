# Leads a command to the nodes by a web proxy, under their own addresses and whatever program it runs: `node-route.pl
# CALLS FILTER PROXY HOST,... COMMAND...`, CALLS as `seccomp=317,...`, FILTER in hexadecimal. The kernel asks here about each
# connect(2) of COMMAND and its descendants (seccomp's user notification, Linux 5.7). One to a HOST is made here, on the
# command's own socket, by asking PROXY for it; every other goes on as if nobody had asked. Ends as COMMAND does.
use strict;
use Socket qw(getaddrinfo AF_INET AF_INET6 AI_V4MAPPED SOCK_STREAM SOL_SOCKET SO_TYPE SO_DOMAIN SO_ERROR);
my ($calls, $hex, $proxy, $hosts, @command) = @ARGV;
my %number = map { split /=/ } split /,/, $calls;
my ($receive, $send, $is_valid) = (0xc050_2100, 0xc018_2101, 0x4008_2102);    # ioctl(2) on what the kernel asks by
my $go_on = 1;
my ($timed_out, $refused) = (110, 111);
my ($patience_s, $head_bytes) = (10, 8192);

$SIG{PIPE} = 'IGNORE';
my %host = map { named($_) } split /,/, $hosts;
my ($asking, $pid) = start();
serve();

# From its addresses to the host.
sub named {
    my ($host) = @_;
    my ($error, @found) = getaddrinfo($host =~ /^\[(.*)\]\z/ ? $1 : $host, '', { socktype => SOCK_STREAM });
    return map { ($_->{family} == AF_INET6 ? substr($_->{addr}, 8, 16) : substr($_->{addr}, 4, 4), $host) } @found;
}

sub call {
    my ($name, @given) = @_;
    my $got = syscall $number{$name}, @given;
    return $got >= 0 ? $got : die "$name: $!\n";
}

sub descriptor_of {
    my ($process, $number) = @_;
    open my $handle, '<&=', call('pidfd_open', $process, 0) or die "pidfd: $!\n";
    open my $file, '+<&=', call('pidfd_getfd', fileno $handle, $number, 0) or die "descriptor: $!\n";
    return $file;
}

# The command, which begins when the kernel's questions have arrived here.
sub start {
    pipe my $told, my $tell or die "pipe: $!\n";
    pipe my $begin, my $taken or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        close $_ for $told, $taken;
        call('prctl', 38, 1, 0, 0, 0);    # no new privileges
        my $filter = pack 'H*', $hex;
        my $number = call('seccomp', 1, 8, pack 'S x![P] P', length($filter) / 8, $filter);
        syswrite $tell, "$number\n";
        close $tell;
        sysread $begin, my $word, 1 or exit 127;
        exec { $command[0] } @command or print STDERR "$command[0]: $!\n";
        exit 127;
    }
    close $_ for $tell, $begin;
    my $number = readline $told;
    if (!defined $number) { waitpid $pid, 0; exit 127 }
    my $asking = descriptor_of($pid, int $number);
    $SIG{$_} = 'IGNORE' for qw(INT TERM HUP);    # meant for the command, from its first moment on
    syswrite $taken, 'x';
    return ($asking, $pid);
}

sub serve {
    open my $ended, '<&=', call('pidfd_open', $pid, 0) or die "pidfd: $!\n";
    while (1) {
        my $ready = '';
        vec($ready, fileno $_, 1) = 1 for $asking, $ended;
        next if select($ready, undef, undef, undef) <= 0;
        answer() if vec $ready, fileno $asking, 1;
        while ((my $gone = waitpid -1, 1) > 0) { end_as($?) if $gone == $pid }
    }
}

sub end_as {
    my ($status) = @_;
    my $signal = $status & 127 or exit $status >> 8;
    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
    kill $signal, $$;
    exit 128 + $signal;
}

# struct seccomp_notif: id, thread, flags; number of the call, processor, place in the program, six arguments.
sub answer {
    my $question = "\0" x 80;
    ioctl $asking, $receive, $question or return;    # the command was interrupted meanwhile
    my ($id, $thread, $number, $at, $length) = (unpack 'Q L L l L Q Q3', $question)[0, 1, 6, 7, 8];
    my ($address, $port) = wanted($thread, $at, $length);
    my $host = $host{$address // ''};
    return reply($id, 0, $go_on) if !defined $host;
    my $child = fork // return reply($id, $refused, 0);
    return if $child;
    my $error = eval { reach($id, $thread, $number, "$host:$port") } // $refused;
    reply($id, $error, 0);
    exit 0;
}

sub reply {
    my ($id, $error, $flags) = @_;
    ioctl $asking, $send, pack 'Q q l L', $id, $error && -1, -$error, $flags;
}

# What connect(2) was given, in the memory of who called it.
sub wanted {
    my ($thread, $at, $length) = @_;
    open my $memory, '<:raw', "/proc/$thread/mem" or return;
    sysseek $memory, $at, 0 or return;
    my $bytes = sysread $memory, my $given, $length < 28 ? $length : 28;
    return if !$bytes || $bytes < 16;
    my ($family, $port) = unpack 'S n', $given;
    return (substr($given, 4, 4), $port) if $family == AF_INET;
    return if $family != AF_INET6 || $bytes < 24;
    my $address = substr $given, 8, 16;
    return (substr($address, 12), $port) if substr($address, 0, 12) eq "\0" x 10 . "\xff\xff";
    return ($address, $port);
}

# 0, or the number of an error. A datagram goes nowhere by a proxy.
sub reach {
    my ($id, $thread, $number, $target) = @_;
    open my $status, '<', "/proc/$thread/status" or return;
    my ($process) = map { /^Tgid:\s+(\d+)/ } readline $status;
    my $socket = descriptor_of(int $process, $number);
    ioctl $asking, $is_valid, pack 'Q', $id or return;    # that number is another's by now
    return $refused if option($socket, SO_TYPE) != SOCK_STREAM;
    my $deadline = time + $patience_s;
    if (!connect $socket, proxy_for(option($socket, SO_DOMAIN))) {
        return 0 + $! if !$!{EINPROGRESS};
        ready($socket, 1, $deadline) or return $timed_out;
        my $error = option($socket, SO_ERROR);
        return $error if $error;
    }
    syswrite $socket, "CONNECT $target HTTP/1.1\r\nHost: $target\r\n\r\n";
    my $head = '';
    while ($head !~ /\r\n\r\n\z/) {
        ready($socket, 0, $deadline) or return $timed_out;
        return $refused if length $head > $head_bytes || !sysread $socket, $head, 1, length $head;
    }
    return $head =~ m{^HTTP/1\.[01] 200[ \r]} ? 0 : $refused;
}

sub option { return unpack 'i', getsockopt $_[0], SOL_SOCKET, $_[1] }

sub ready {
    my ($socket, $to_write, $deadline) = @_;
    my $wanted = '';
    vec($wanted, fileno $socket, 1) = 1;
    my ($read, $write) = $to_write ? (undef, $wanted) : ($wanted, undef);
    return select($read, $write, undef, $deadline - time) > 0;
}

sub proxy_for {
    my ($family) = @_;
    my ($host, $port) = $proxy =~ /^\[?(.*?)\]?:(\d+)\z/;
    my $flags = $family == AF_INET6 ? AI_V4MAPPED : 0;
    my ($error, @found) = getaddrinfo($host, $port, { family => $family, socktype => SOCK_STREAM, flags => $flags });
    return ($found[0] // die "$proxy: $error\n")->{addr};
}
