# What the lab does inside namespaces, where Node cannot go: `namespaces.pl MODE NUMBERS ...`. NUMBERS are the system
# calls of this processor, `unshare=272,...`. Whatever it starts ends when its standard input does: with the lab, however
# that ends. Names of modules: none but Socket, so that nothing is loaded once the files of a machine are in reach.
use strict;
my ($mode, $numbers, @rest) = @ARGV;
my %number = map { split /=/ } split /,/, $numbers;
my %flag = (NEWTIME => 0x80, NEWNS => 0x20000, NEWUTS => 0x4000000, NEWIPC => 0x8000000, NEWUSER => 0x10000000, NEWPID => 0x20000000, NEWNET => 0x40000000);
my %mount_flag = (nosuid => 2, nodev => 4, noexec => 8, bind => 0x1000, recursive => 0x4000, private => 0x40000);
my ($at_here, $recursive_path, $mount_setattr, $read_only) = (-100, 0x8000, 442, 1);
$| = 1;
my %modes = (network => \&network, machine => \&machine, enter => \&enter, serve => \&serve, remount => \&remount, forward => \&forward, remove => sub { as_root('rm', '-rf', '--', @_) }, copy => sub { as_root('cp', '-a', '--', @_) }, pmxcfs => \&pmxcfs);
($modes{$mode} // die "no mode '$mode'\n")->(@rest);

sub ask { my ($name, @given) = @_; syscall($number{$name}, @given) == 0 or die "$name: $!\n" }
sub is_open { my $line = <STDIN>; defined $line }

# Of the user namespace just entered: none of its users is one of this machine that counts.
sub become_root { $) = '0 0'; $( = 0; ($<, $>) = (0, 0); $> == 0 or die "setuid: $!\n" }

sub join_namespaces {
    my ($pid, @names) = @_;
    my @namespaces = map { open my $file, '<', "/proc/$pid/ns/$_" or die "$_ of $pid: $!\n"; $file } @names;
    ask('setns', fileno $_, 0) for @namespaces;
}

sub ip {
    open my $to, '|-', 'ip', '-batch', '-' or die "ip: $!\n";
    print $to map { "$_\n" } @_;
    close $to or die "ip could not: @_\n";
}

# network LINE...: a user namespace, whose map somebody outside writes, and the network that machines are plugged into.
sub network {
    ask('unshare', $flag{NEWUSER} | $flag{NEWNET});
    print "$$\n";
    is_open() or exit 1;
    become_root();
    ip(@_);
    if (open my $forward, '>', '/proc/sys/net/ipv4/ip_forward') { print $forward '1' }
    print "ready\n";
    while (my $line = <STDIN>) { chomp $line; eval { ip($line) }; print "done\n" }    # a port may be gone already
}

# remove FOLDER, copy FROM TO: what users of a lab own, nobody outside of it may remove or read.
sub as_root {
    ask('unshare', $flag{NEWUSER});
    print "$$\n";
    is_open() or exit 1;
    become_root();
    exec { $_[0] } @_ or die "$_[0]: $!\n";
}

# machine NETWORK_PID NAME PORT FILTER CAPABILITIES LINE... -- STEP...: boots in the folder in which it is started. LINEs
# are for ip, inside; a STEP is `what from to`; the last thing is to become the machine's first process.
sub machine {
    my ($network, $name, $port, $filter, $capabilities, @more) = @_;
    my ($at) = grep { $more[$_] eq '--' } 0 .. $#more;
    my @lines = @more[0 .. $at - 1];
    my @steps = @more[$at + 1 .. $#more];
    join_namespaces($network, 'user', 'net');
    become_root();
    begin_time();
    ask('unshare', $flag{NEWPID});
    pipe my $plugged, my $plug or die "pipe: $!\n";
    pipe my $apart, my $parts or die "pipe: $!\n";
    my $first = fork // die "fork: $!\n";
    if (!$first) { close $_ for $plug, $apart; boot($name, $port, \@lines, \@steps, $parts, $plugged, $filter, $capabilities) }
    close $_ for $plugged, $parts;
    defined readline $apart or exit 1;
    ip("link set $port master lan0 up");
    print "$first\n";
    syswrite $plug, "\n";
    close STDIN;
    waitpid $first, 0;
    exit($? >> 8 || $? & 127);
}

# Its uptime begins with it, where the kernel can do that: the clocks of its processes, not the time of day.
sub begin_time {
    syscall($number{prctl}, 4, 1, 0, 0, 0);    # what it opens of itself is its own again
    open my $uptime, '<', '/proc/uptime' or return;
    my ($seconds) = split /\./, readline $uptime;
    eval { ask('unshare', $flag{NEWTIME}); 1 } or return;
    open my $offsets, '>', '/proc/self/timens_offsets' or return;
    print $offsets "monotonic -$seconds 0\nboottime -$seconds 0\n";
    close $offsets;
}

sub boot {
    my ($name, $port, $lines, $steps, $parts, $plugged, $filter, $capabilities) = @_;
    # The network that it leaves, for ip: not every version of ip takes the number of a process in another /proc.
    local $^F = 1_000;
    open my $outside, '<', '/proc/self/ns/net' or die "/proc/self/ns/net: $!\n";
    ask('unshare', $flag{NEWNS} | $flag{NEWUTS} | $flag{NEWIPC} | $flag{NEWNET});
    ip("link add nic0 type veth peer name $port netns /proc/self/fd/" . fileno $outside);
    close $outside;
    syswrite $parts, "\n";
    close $parts;
    defined readline $plugged or exit 1;
    ask('sethostname', $name, length $name);
    ip(@$lines);
    ask('mount', 'none', '/', 0, $mount_flag{recursive} | $mount_flag{private}, 0);
    umask 0;
    step(split /\t/, $_, 3) for @$steps;
    chdir 'root' or die "root: $!\n";
    ask('pivot_root', '.', '.');
    ask('umount2', '.', 2);
    chdir '/' or die "/: $!\n";
    umask 022;
    %ENV = (PATH => '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', TERM => 'linux');
    give_rights_away($filter, $capabilities);
    exec '/opt/lab/systemd', $numbers, ' ' x 200 or die "init: $!\n";
}

sub step {
    my ($what, $from, $to) = @_;
    $to = "root$to" if defined $to;
    if ($what eq 'tmpfs') { mount_new('tmpfs', $to, $from) }
    elsif ($what eq 'devpts') { mount_new('devpts', $to, $from) }
    elsif ($what eq 'proc') { mount_new('proc', $to, $from) }
    elsif ($what eq 'folder') { mkdir $to, oct $from }
    elsif ($what eq 'link') { symlink $from, $to or die "$to: $!\n" }
    elsif ($what eq 'setuid') { copy_setuid($from, $to) }
    elsif ($what eq 'bind' or $what eq 'ro') { bind_to($what, $from, $to) }
    elsif ($what eq 'over') { lay_over($from, $to) }
    elsif ($what eq 'onto') { bind_to('bind', $from, $to) if -e $to }
    elsif ($what eq 'networks') { show_networks($to) }
    else { die "no step '$what'\n" }
}

sub mount_new {
    my ($type, $to, $options) = @_;
    my $flags = $mount_flag{nosuid} | ($type eq 'devpts' ? $mount_flag{noexec} : $mount_flag{nodev});
    $flags = $mount_flag{nodev} if $options =~ s/^suid,//;
    $flags = $mount_flag{nosuid} if $options =~ s/^dev,//;
    ask('mount', $type, $to, $type, $flags, $options);
}

sub bind_to {
    my ($what, $from, $to) = @_;
    if (!-e $to and !-d $from) { open my $made, '>', $to or die "$to: $!\n" }
    elsif (!-e $to) { mkdir $to, 0755 or die "$to: $!\n" }
    ask('mount', $from, $to, 0, $mount_flag{bind} | $mount_flag{recursive}, 0);
    return if $what eq 'bind';
    my $attributes = pack 'Q4', $read_only, 0, 0, 0;
    syscall($mount_setattr, $at_here, $to, $recursive_path, $attributes, 32) == 0 or die "read-only $to: $!\n";
}

# FROM over this machine's folder of the same path; what is written there is kept in upper/NAME. Not every kernel lets a
# namespace do that: then it is read-only, or stays as it is.
sub lay_over {
    my ($from, $to) = @_;
    my ($below) = $to =~ m{^root(/.*)}s;
    mkdir $to, 0755 if !-e $to;
    my ($name) = $from =~ m{([^/]+)\z};
    my $layers = "lowerdir=$from:$below";
    my $kept = "$layers,upperdir=upper/$name,workdir=work/$name,userxattr";
    eval { ask('mount', 'overlay', $to, 'overlay', $mount_flag{nosuid} | $mount_flag{nodev}, $kept); 1 }
        or eval { ask('mount', 'overlay', $to, 'overlay', $read_only, $layers); 1 }
        or bind_to('ro', $below, $to);
}

# Of this machine's own, those of a user that the namespace does not know are not setuid in it. One that the node has not
# installed has no place yet: its package brings a link to the copy.
sub copy_setuid {
    my ($program, $folder) = @_;
    my ($name) = $program =~ m{([^/]+)\z};
    open my $from, '<:raw', $program or die "$program: $!\n";
    open my $to, '>:raw', "$folder/$name" or die "$folder/$name: $!\n";
    local $/;
    print $to readline $from or die "$folder/$name: $!\n";
    close $to or die "$folder/$name: $!\n";
    chmod 04755, "$folder/$name" or die "$folder/$name: $!\n";
    ask('mount', "$folder/$name", "root$program", 0, $mount_flag{bind}, 0) if -e "root$program";
}

# Of the kernel's devices only those of the machine's own network; some containers show none.
sub show_networks {
    my ($to) = @_;
    mount_new('tmpfs', $to, 'mode=755');
    mkdir "$to/$_", 0755 for qw(all class class/net devices devices/virtual devices/virtual/net);
    my $whole = "$to/all";
    eval { ask('mount', 'sysfs', $whole, 'sysfs', $mount_flag{nosuid}, 0); 1 } or return;
    bind_to('ro', "$whole/$_", "$to/$_") for qw(class/net devices/virtual/net);
    ask('umount2', $whole, 2);
}

# enter PID FILTER CAPABILITIES COMMAND...: ends as the command does. Rights are given away before anything of the
# machine's own files is run, or loaded as a library: its root may have changed them. `serve` is the same for a service:
# prints its process id, as this machine knows it, and hands on what it has to say as errors.
sub serve { enter_as(sub { print "$_[0]\n"; close STDOUT }, @_) }
sub enter { enter_as(sub {}, @_) }

sub enter_as {
    my ($tell, $pid, $filter, $capabilities, @command) = @_;
    my @time = (readlink("/proc/$pid/ns/time") // '') eq (readlink('/proc/self/ns/time') // '') ? () : 'time';
    join_namespaces($pid, 'user', @time, qw(ipc uts net pid mnt));
    become_root();
    my $child = fork // die "fork: $!\n";    # of the machine's processes; this one stays outside
    if (!$child) {
        open STDOUT, '>&', \*STDERR if $mode eq 'serve';
        chdir '/root' or chdir '/';
        give_rights_away($filter, $capabilities);
        exec { $command[0] } @command or print STDERR "$command[0]: $!\n";
        exit 127;
    }
    $tell->($child);
    waitpid $child, 0;
    my $signal = $? & 127;
    exit $? >> 8 if !$signal;
    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP QUIT PIPE);
    kill $signal, $$;
    exit 128 + $signal;
}

sub give_rights_away {
    my ($hex, $kept_capabilities) = @_;
    my ($drop_from_bounding_set, $set_seccomp, $mode_filter, $last_capability) = (24, 22, 2, 63);
    my $filter = pack 'H*', $hex;
    my $program = pack 'S x![P] P', length($filter) / 8, $filter;
    ask('prctl', $set_seccomp, $mode_filter, $program, 0, 0);
    my %kept = map { $_ => 1 } split /,/, $kept_capabilities;
    for my $capability (grep { !$kept{$_} } 0 .. $last_capability) {
        syscall($number{prctl}, $drop_from_bounding_set, $capability, 0, 0, 0);    # the kernel may know fewer
    }
}

# remount PID TARGET FLAGS DATA: of a machine's own file systems; its root itself may not.
sub remount {
    my ($pid, $target, $flags, $data) = @_;
    join_namespaces($pid, 'user', 'mnt');
    become_root();
    ask('mount', 0, $target, 0, $flags + 0, $data);
}

# pmxcfs PID: /etc/pve of a machine. What its kernel asks goes to standard output as it is, answers come by standard input;
# each begins with its length. The device counts for the namespace of who opens it, and is opened as whom this machine knows.
sub pmxcfs {
    my ($pid) = @_;
    join_namespaces($pid, 'user');
    my ($read_write, $nonblocking, $unmounted) = (2, 04000, 19);
    sysopen my $device, '/dev/fuse', $read_write | $nonblocking or die "/dev/fuse: $!\n";
    join_namespaces($pid, 'mnt');
    become_root();
    my $number = fileno $device;
    my $options = "fd=$number,rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other";
    ask('mount', '/dev/fuse', '/etc/pve', 'fuse', $mount_flag{nosuid} | $mount_flag{nodev}, $options);
    my $answers = '';
    while (1) {
        my $wanted = '';
        vec($wanted, $_, 1) = 1 for 0, $number;
        select(my $ready = $wanted, undef, undef, undef) > 0 or next;
        if (vec $ready, 0, 1) { sysread STDIN, $answers, 1 << 18, length $answers or exit 0 }
        while (length $answers >= 4 and length $answers >= (my $length = unpack 'L', $answers)) {
            syswrite $device, substr $answers, 0, $length, '';    # who asked may have gone
        }
        next if !vec $ready, $number, 1;
        if (sysread $device, my $asked, 1 << 18) { syswrite STDOUT, $asked }
        elsif ($! == $unmounted) { exit 0 }
    }
}

# forward FROM TO ROUTE...: FROM and TO are processes in whose networks it listens and connects, 0 for this one's. A ROUTE
# is `ADDRESS:PORT TARGET`, the target ADDRESS:PORT, the path of a unix socket, or CONNECT: then the client names it, as
# it does to a web proxy. `@NAME TARGET`: a process of that network gives the listening socket, by that name. Prints the ports.
sub forward {
    my ($from, $to, @routes) = @_;
    require Socket;
    $SIG{PIPE} = 'IGNORE';
    $SIG{CHLD} = 'IGNORE';
    join_namespaces($from, 'user', 'net') if $from;
    my @listening = map { my ($address, $target) = split / /, $_, 2; { socket => listen_on($address), target => $target, gives => $address =~ /^@/ } } @routes;
    join_namespaces($to, 'net') if $to and $from;
    join_namespaces($to, 'user', 'net') if $to and !$from;
    print join(' ', map { $_->{gives} ? 0 : (Socket::unpack_sockaddr_in(getsockname $_->{socket}))[0] } @listening), "\n";
    while (1) {
        my $wanted = '';
        vec($wanted, fileno $_, 1) = 1 for \*STDIN, map { ($_->{socket}, $_->{giver} // ()) } @listening;
        select(my $ready = $wanted, undef, undef, undef) > 0 or next;
        exit 0 if vec($ready, 0, 1) and !sysread STDIN, my $nothing, 64;
        @listening = map { next_of($_, $ready) } @listening;
        $#listening = 15 if @listening > 16;
    }
}

# What is listened to from now on, of one.
sub next_of {
    my ($one, $ready) = @_;
    return () if $one->{giver} and vec $ready, fileno $one->{giver}, 1;    # it says no more: it has ended
    return $one if !vec $ready, fileno $one->{socket}, 1;
    return ($one, given($one)) if $one->{gives};
    return take($one->{socket}, $one->{target}) || !$one->{giver} ? $one : ();
}

# A socket that a process of a machine hands over. What is none, or has no connection to give, ends nothing here.
sub given {
    my ($one) = @_;
    my ($set_status, $nonblocking) = (4, 04000);
    accept my $giver, $one->{socket} or return;
    setsockopt $giver, 1, 20, pack 'q q', 1, 0;    # SO_RCVTIMEO, a second
    my ($byte, $control) = (' ', "\0" x 24);
    my $vector = pack 'P Q', $byte, 1;
    my $message = pack 'Q L x4 P Q P Q l x4', 0, 0, $vector, 1, $control, length $control, 0;
    syscall($number{recvmsg}, fileno $giver, $message, 0) == 1 or return;
    my ($length, $level, $type, $descriptor) = unpack 'Q l l l', $control;
    return if $length != 20 or $level != 1 or $type != 1;
    open my $socket, '+<&=', $descriptor or return;
    fcntl $socket, $set_status, $nonblocking;
    return { socket => $socket, target => $one->{target}, giver => $giver };
}

sub listen_on {
    return listen_by_name($1) if $_[0] =~ /^@(.+)/;
    my ($host, $port) = $_[0] =~ /^([\d.]+):(\d+)\z/ or die "no address: $_[0]\n";
    socket my $listener, Socket::PF_INET(), Socket::SOCK_STREAM(), 0 or die "socket: $!\n";
    setsockopt $listener, Socket::SOL_SOCKET(), Socket::SO_REUSEADDR(), 1;
    bind $listener, Socket::pack_sockaddr_in($port, Socket::inet_aton($host)) or die "bind $_[0]: $!\n";
    listen $listener, 128 or die "listen: $!\n";
    return $listener;
}

sub listen_by_name {
    socket my $listener, Socket::PF_UNIX(), Socket::SOCK_STREAM(), 0 or die "socket: $!\n";
    bind $listener, pack 'S a*', Socket::AF_UNIX(), "\0$_[0]" or die "bind $_[0]: $!\n";
    listen $listener, 8 or die "listen: $!\n";
    return $listener;
}

# False where nothing can be had of it, now or later.
sub take {
    my ($listener, $target) = @_;
    my ($not_yet, $aborted) = (11, 103);
    accept my $client, $listener or return $! == $not_yet || $! == $aborted;
    my $child = fork // return 1;
    return close $client if $child;
    ask('prctl', 1, 9, 0, 0, 0);    # killed with the one that listens, whatever it waits for
    close $listener;
    $target = asked_target($client) if $target eq 'CONNECT';
    my $server = connect_to($target // exit 1);
    if (!$server) { linger($client); exit 1 }
    syswrite $client, "HTTP/1.1 200 Connection established\r\n\r\n" if $_[1] eq 'CONNECT';
    carry($client, $server);
    exit 0;
}

sub asked_target {
    my ($client) = @_;
    my $head = '';
    while ($head !~ /\r\n\r\n/) { return if length $head > 8192 or sysread($client, $head, 1, length $head) != 1 }
    return $1 if $head =~ m{^CONNECT ([\d.]+:\d+) HTTP/1\.[01]\r\n};
    syswrite $client, "HTTP/1.1 400 Bad Request\r\n\r\n";
    return;
}

sub connect_to {
    my ($target) = @_;
    my ($host, $port) = $target =~ /^([\d.]+):(\d+)\z/;
    my $address = defined $host ? Socket::pack_sockaddr_in($port, Socket::inet_aton($host)) : Socket::pack_sockaddr_un($target);
    socket my $server, defined $host ? Socket::PF_INET() : Socket::PF_UNIX(), Socket::SOCK_STREAM(), 0 or return;
    return connect($server, $address) ? $server : undef;
}

# A refused connection is reset, as if the client had been refused itself.
sub linger { setsockopt $_[0], Socket::SOL_SOCKET(), Socket::SO_LINGER(), pack 'ii', 1, 0 }

sub carry {
    my %peer = (fileno $_[0], $_[1], fileno $_[1], $_[0]);
    my %open = (fileno $_[0], $_[0], fileno $_[1], $_[1]);
    setsockopt $_, Socket::IPPROTO_TCP(), Socket::TCP_NODELAY(), 1 for @_;
    while (%open) {
        my $wanted = '';
        vec($wanted, $_, 1) = 1 for 0, keys %open;
        select(my $ready = $wanted, undef, undef, undef) > 0 or next;
        exit 0 if vec($ready, 0, 1) and !sysread STDIN, my $nothing, 64;
        for my $number (grep { vec $ready, $_, 1 } keys %open) {
            my $count = sysread $open{$number}, my $bytes, 65536;
            if (!$count) { shutdown $peer{$number}, 1; delete $open{$number}; next }
            my $sent = 0;
            while ($sent < $count) { $sent += syswrite($peer{$number}, $bytes, $count - $sent, $sent) // return }
        }
    }
}
