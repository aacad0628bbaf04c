#!/usr/bin/perl
# ifreload, ifup, ifdown and ifquery of a node: what /etc/network/interfaces says becomes bridges and addresses of the
# machine's own network. Options, order and complaints as of ifupdown2 3.3; kinds of device that this machine's kernel has no
# module for are gaps of the lab, as `ip` tells.
use strict;
my ($program) = $0 =~ m{([^/]+)\z};
my $state = '/run/network/ifstate';
my (@automatic, %stanza, @order);
my $failed = 0;

my @options = grep { /^-/ } @ARGV;
my @names = grep { !/^-/ } @ARGV;
my $all = grep { $_ eq '-a' || $_ eq '--all' } @options;
for (grep { !/^(?:-a|--all|-v|--verbose|-f|--force|--no-wait)\z/ } @options) { not_simulated() }
if ($> != 0 and $program ne 'ifquery') { complain("must be root to run this command"); exit 1 }
if (!$all and !@names) { print STDERR "usage: $program [OPTIONS] <interface>\n$program: error: 'interfaces' list cannot be empty\n"; exit 1 }
read_file('/etc/network/interfaces', 0);
@names = grep { $stanza{$_} } @automatic if $all;
for my $name (grep { !$stanza{$_} } @names) { complain("cannot find interfaces: $name"); exit 1 }
if ($program eq 'ifquery') { show($_) for @names }
elsif ($program eq 'ifdown') { down($_) for reverse @names; remember(grep { my $one = $_; !grep { $_ eq $one } @names } known()) }
else {
    if ($all and $program eq 'ifreload') { down($_) for grep { !$stanza{$_} } known() }
    up($_) for @names;
    remember($all ? @names : (known(), @names));
}
exit $failed;

sub complain { print STDERR "error: $_[0]\n"; $failed = 1 }
sub not_simulated { print STDERR "lab: '", join(' ', $program, @ARGV), "' is not simulated\n"; exit 69 }

sub read_file {
    my ($path, $depth) = @_;
    open my $file, '<', $path or return;
    my $current;
    while (my $line = <$file>) {
        $line =~ s/^\s+|\s+\z//g;
        next if $line eq '' or $line =~ /^#/;
        my ($word, $rest) = split /\s+/, $line, 2;
        if ($word eq 'auto' or $word =~ /^allow-/) { push @automatic, split / +/, $rest; undef $current }
        elsif ($word eq 'iface') {
            my ($name, $family, $method) = split /\s+/, $rest;
            push @order, $name if !$stanza{$name};
            $current = $stanza{$name} //= { head => [], lines => [], method => $method // 'manual' };
            push @{$current->{head}}, "iface $rest";
        }
        elsif ($word =~ /^source/) {
            undef $current;
            if ($depth < 5) { read_file($_, $depth + 1) for grep { -f } glob $rest }
        }
        elsif ($current) { push @{$current->{lines}}, [$word =~ tr/_/-/r, $rest] }
    }
}

sub values_of { my ($name, $key) = @_; return map { $_->[1] } grep { $_->[0] eq $key } @{$stanza{$name}{lines}} }
sub value_of { return (values_of(@_))[-1] }
sub exists_here { return -e "/sys/class/net/$_[0]" }

sub ip {
    open my $said, '-|', 'sh', '-c', 'exec ip "$@" 2>&1', 'sh', @_ or return complain("ip: $!");
    my $text = join '', <$said>;
    return 1 if close $said;
    if ($text =~ /is not simulated/) { print STDERR $text; exit 69 }
    chomp $text;
    complain("$_[-1]: cmd '/usr/sbin/ip @_' failed: returned " . ($? >> 8) . " ($text)");
    return 0;
}

sub up {
    my ($name) = @_;
    return if $name eq 'lo';
    run_hooks($name, 'pre-up');
    make($name) if !exists_here($name);
    if (!exists_here($name)) { print STDERR "warning: $name: interface not recognized - please check interface configuration\n"; return }
    add_ports($name) if defined value_of($name, 'bridge-ports');
    if (defined(my $mtu = value_of($name, 'mtu'))) { ip('link', 'set', 'dev', $name, 'mtu', $mtu) }
    ip('link', 'set', 'dev', $name, 'up');
    addresses($name) if $stanza{$name}{method} eq 'static' or values_of($name, 'address');
    if (my $gateway = value_of($name, 'gateway')) { ip('route', 'replace', 'default', 'via', $gateway, 'dev', $name) }
    run_hooks($name, $_) for 'up', 'post-up';
}

sub make {
    my ($name) = @_;
    my $aware = (value_of($name, 'bridge-vlan-aware') // '') =~ /^(?:yes|1|on)\z/ ? 1 : 0;
    if (defined value_of($name, 'bridge-ports')) { ip('link', 'add', $name, 'type', 'bridge', $aware ? ('vlan_filtering', 1) : ()) }
    elsif (defined value_of($name, 'bond-slaves')) { ip('link', 'add', $name, 'type', 'bond') }
    elsif (my ($device, $id) = vlan_of($name)) { ip('link', 'add', 'link', $device, 'name', $name, 'type', 'vlan', 'id', $id) }
}

sub vlan_of {
    my ($name) = @_;
    my ($device, $id) = $name =~ /^(.+)\.(\d+)\z/;
    $device = value_of($name, 'vlan-raw-device') // $device;
    $id = value_of($name, 'vlan-id') // $id // ($name =~ /^vlan(\d+)\z/ ? $1 : undef);
    return defined $device && defined $id ? ($device, $id) : ();
}

sub add_ports {
    my ($name) = @_;
    my @wanted = grep { $_ ne 'none' } split ' ', value_of($name, 'bridge-ports') // '';
    for my $port (@wanted) {
        if (!exists_here($port)) { complain("$name: bridge port $port does not exist"); next }
        ip('link', 'set', 'dev', $port, 'master', $name, 'up');
    }
    my %kept = map { $_ => 1 } @wanted;
    ip('link', 'set', 'dev', $_, 'nomaster') for grep { !$kept{$_} && !/^(?:tap|veth|fw)/ } ports_of($name);
}

sub ports_of { return map { /^\d+: ([^:@]+)/ ? $1 : () } lines_of('-o', 'link', 'show', 'master', $_[0]) }
sub lines_of { open my $said, '-|', 'ip', @_ or return; return <$said> }

sub addresses {
    my ($name) = @_;
    my $netmask = value_of($name, 'netmask');
    my @wanted = map { m{/} ? $_ : $_ . '/' . length_of($netmask) } values_of($name, 'address');
    my @there = map { /inet6? (\S+)/ ? $1 : () } lines_of('-o', 'addr', 'show', 'dev', $name, 'scope', 'global');
    for my $address (@wanted) { ip('addr', 'add', $address, 'dev', $name) if !grep { $_ eq $address } @there }
    for my $address (@there) { ip('addr', 'del', $address, 'dev', $name) if !grep { $_ eq $address } @wanted }
}

sub length_of {
    my ($mask) = @_;
    return 32 if !defined $mask;
    return $mask if $mask =~ /^\d+\z/;
    return unpack('%32b*', pack 'C4', split /\./, $mask);
}

sub down {
    my ($name) = @_;
    return if !exists_here($name) or $name eq 'lo';
    run_hooks($name, $_) for 'pre-down', 'down';
    if (-e "/sys/class/net/$name/device" or $name =~ /^(?:nic|en|eth)/) { ip('addr', 'flush', 'dev', $name); ip('link', 'set', 'dev', $name, 'down') }
    else { ip('link', 'del', $name) }
    run_hooks($name, 'post-down');
}

sub run_hooks {
    my ($name, $when) = @_;
    return if !$stanza{$name};
    local $ENV{IFACE} = $name;
    for my $command (values_of($name, $when)) { system '/bin/sh', '-c', $command; complain("$name: $when cmd '$command' failed") if $? }
}

# Without a record what every node has at its boot.
sub known {
    open my $file, '<', $state or return qw(lo nic0 vmbr0);
    return map { chomp; $_ } <$file>;
}

sub remember {
    my %seen;
    mkdir '/run/network';
    open my $file, '>', $state or return;
    print $file map { "$_\n" } grep { !$seen{$_}++ } @_;
}

sub show {
    my ($name) = @_;
    print "auto $name\n" if grep { $_ eq $name } @automatic;
    print "$stanza{$name}{head}[0]\n", (map { "\t$_->[0] $_->[1]\n" } @{$stanza{$name}{lines}}), "\n";
}
