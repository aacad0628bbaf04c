#!/usr/bin/perl
# ufw 0.36.2 of a node, real in what counts: rules are kept in /etc/ufw as ufw keeps them, and become chains of the
# machine's own iptables and ip6tables. Applications, route rules and numbers below 1 are not simulated.
use strict;
use warnings;

my ($CONF, $DEFAULTS) = ('/etc/ufw/ufw.conf', '/etc/default/ufw');
my %FILE = (4 => '/etc/ufw/user.rules', 6 => '/etc/ufw/user6.rules');
my %ANY = (4 => '0.0.0.0/0', 6 => '::/0');
my ($dry, $force) = (0, 0);

sub fail { print STDERR "ERROR: $_[0]\n"; exit 1 }
sub gap { print STDERR "lab: 'ufw $_[0]' is not simulated\n"; exit 69 }

sub lines { my ($path) = @_; open my $file, '<', $path or return (); my @all = <$file>; close $file; chomp @all; return @all }

sub put {
    my ($path, @lines) = @_;
    return if $dry;
    open my $file, '>', "$path.new" or fail("Couldn't open '$path' for writing");
    print $file map { "$_\n" } @lines;
    close $file;
    chmod((stat $path ? (stat _)[2] & 07777 : 0640), "$path.new");
    rename "$path.new", $path;
}

sub setting { my ($path, $key) = @_; for (lines($path)) { return $1 if /^\Q$key\E="?([^"]*)"?\s*\z/ } return '' }

sub set_to {
    my ($path, $key, $value) = @_;
    my @lines = lines($path);
    s/^\Q$key\E=.*\z/$key=$value/ for @lines;
    push @lines, "$key=$value" unless grep { /^\Q$key\E=/ } @lines;
    put($path, @lines);
}

sub is_enabled { setting($CONF, 'ENABLED') eq 'yes' }
sub has_six { setting($DEFAULTS, 'IPV6') ne 'no' }
sub families { has_six() ? (4, 6) : (4) }

# A rule: action, log, proto, dport, dst, sport, src, direction, iface, comment, of one family.
sub rules {
    my ($family) = @_;
    return map { parse_tuple($_) } grep { /^### tuple ### / } lines($FILE{$family});
}

sub parse_tuple {
    my ($text) = @_;
    $text =~ s/^### tuple ### //;
    my $comment = $text =~ s/ comment=([0-9a-f]*)\z// ? pack('H*', $1) : '';
    my ($action, $proto, $dport, $dst, $sport, $src, $way) = split / /, $text;
    my ($direction, $iface) = split /_/, $way, 2;
    my $log = $action =~ s/_(log(?:-all)?)\z// ? $1 : '';
    return { action => $action, log => $log, proto => $proto, dport => $dport, dst => $dst, sport => $sport, src => $src,
        direction => $direction, iface => $iface // '', comment => $comment };
}

sub tuple {
    my ($rule) = @_;
    my $action = $rule->{log} ? "$rule->{action}_$rule->{log}" : $rule->{action};
    my $way = $rule->{iface} ? "$rule->{direction}_$rule->{iface}" : $rule->{direction};
    my $comment = $rule->{comment} eq '' ? '' : ' comment=' . unpack('H*', $rule->{comment});
    return "### tuple ### $action " . join(' ', @{$rule}{qw(proto dport dst sport src)}, $way) . $comment;
}

# What two rules have in common that one replaces.
sub place { my ($rule) = @_; return join ' ', @{$rule}{qw(proto dport dst sport src direction iface)} }

sub keep {
    my ($family, @rules) = @_;
    put($FILE{$family}, '*filter', ":ufw-user-input - [0:0]", ":ufw-user-output - [0:0]", '### RULES ###',
        (map { ('', tuple($_), map { "-A $_" } as_iptables($family, $_)) } @rules), '', '### END RULES ###', 'COMMIT');
}

# Lines of iptables-restore, without their -A.
sub as_iptables {
    my ($family, $rule) = @_;
    my $chain = $rule->{direction} eq 'out' ? 'ufw-user-output' : 'ufw-user-input';
    my @match;
    push @match, ($rule->{direction} eq 'out' ? '-o' : '-i'), $rule->{iface} if $rule->{iface};
    push @match, '-s', $rule->{src} if $rule->{src} ne $ANY{$family};
    push @match, '-d', $rule->{dst} if $rule->{dst} ne $ANY{$family};
    my @protos = $rule->{proto} ne 'any' ? ($rule->{proto}) : $rule->{dport} eq 'any' && $rule->{sport} eq 'any' ? ('') : ('tcp', 'udp');
    return map { one_proto($chain, $rule, $_, @match) } @protos;
}

sub one_proto {
    my ($chain, $rule, $proto, @match) = @_;
    unshift @match, '-p', $proto if $proto;
    push @match, ports('sport', $rule->{sport}), ports('dport', $rule->{dport});
    my $head = join ' ', $chain, @match;
    my @log = $rule->{log} ? ("$head -j LOG --log-prefix \"[UFW \U$rule->{action}\E] \"") : ();
    my %verdict = (allow => 'ACCEPT', deny => 'DROP', reject => 'REJECT');
    return (@log, "$head -j $verdict{$rule->{action}}") if $verdict{$rule->{action}};
    my $new = "$head -m conntrack --ctstate NEW -m recent";
    return (@log, "$new --set", "$new --update --seconds 30 --hitcount 6 -j ufw-user-limit", "$head -j ufw-user-limit-accept");
}

sub ports {
    my ($which, $ports) = @_;
    return () if $ports eq 'any';
    return $ports =~ /,/ ? ('-m', 'multiport', "--${which}s", $ports) : ("--$which", $ports);
}

my @BUILT_IN = qw(INPUT OUTPUT FORWARD);
# From a built-in chain to one of ours, in this order.
my @HOOKS = (['INPUT', 'ufw-before-input'], ['INPUT', 'ufw-after-logging-input'], ['INPUT', 'ufw-reject-input'], ['OUTPUT', 'ufw-before-output'],
    ['OUTPUT', 'ufw-reject-output'], ['FORWARD', 'ufw-reject-forward']);
my @CHAINS = ((map { $_->[1] } @HOOKS), map { "ufw-$_" } qw(user-input user-output user-limit user-limit-accept));

sub restore {
    my ($family, @lines) = @_;
    my $program = $family == 4 ? 'iptables-restore' : 'ip6tables-restore';
    open my $pipe, '|-', "/usr/sbin/$program", '-n' or fail("problem running $program");
    print $pipe map { "$_\n" } '*filter', @lines, 'COMMIT';
    close $pipe or fail("problem running ufw-init");
}

sub has_chain {
    my ($family, $chain) = @_;
    my $program = $family == 4 ? 'iptables' : 'ip6tables';
    return system("/usr/sbin/$program -n -L $chain >/dev/null 2>&1") == 0;
}

sub remove_chains {
    my ($family) = @_;
    return unless has_chain($family, 'ufw-user-input');
    restore($family, (map { ":$_ ACCEPT" } @BUILT_IN),
        (map { "-D $_->[0] -j $_->[1]" } @HOOKS), (map { "-F $_" } @CHAINS), map { "-X $_" } @CHAINS);
}

# At once: no packet finds less than the old rules or the new ones.
sub load {
    my ($family) = @_;
    my @hooks = has_chain($family, 'ufw-user-input') ? () : map { "-A $_->[0] -j $_->[1]" } @HOOKS;
    my %policy = map { $_ => setting($DEFAULTS, "DEFAULT_${_}_POLICY") || 'DROP' } @BUILT_IN;
    my $icmp = $family == 4 ? '-p icmp' : '-p ipv6-icmp';
    my @rejects = map { $policy{$_} eq 'REJECT' ? ("-A ufw-reject-\L$_\E -j REJECT") : () } @BUILT_IN;
    my $log = log_level() eq 'off' ? () : '-A ufw-after-logging-input -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "';
    restore($family, (map { ":$_ " . ($policy{$_} eq 'ACCEPT' ? 'ACCEPT' : 'DROP') } @BUILT_IN), (map { ":$_ -" } @CHAINS), @hooks, @rejects,
        '-A ufw-before-input -i lo -j ACCEPT', '-A ufw-before-output -o lo -j ACCEPT',
        '-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        '-A ufw-before-output -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        '-A ufw-before-input -m conntrack --ctstate INVALID -j DROP', "-A ufw-before-input $icmp -j ACCEPT",
        ($family == 6 ? "-A ufw-before-output $icmp -j ACCEPT" : ()),
        '-A ufw-before-input -j ufw-user-input', '-A ufw-before-output -j ufw-user-output',
        '-A ufw-user-limit -j REJECT', '-A ufw-user-limit-accept -j ACCEPT', ($log ? ($log) : ()),
        map { "-A $_" } map { as_iptables($family, $_) } rules($family));
}

sub apply { return if $dry || !is_enabled(); load($_) for families() }

sub log_level { my $level = setting($CONF, 'LOGLEVEL'); return $level || 'low' }

sub default_of {
    my ($chain) = @_;
    my $policy = setting($DEFAULTS, "DEFAULT_${chain}_POLICY");
    return { ACCEPT => 'allow', DROP => 'deny', REJECT => 'reject' }->{$policy} // 'deny';
}

sub status {
    my ($how) = @_;
    return print "Status: inactive\n" unless is_enabled();
    print "Status: active\n";
    if ($how eq 'verbose') {
        print 'Logging: ', (log_level() eq 'off' ? 'off' : 'on (' . log_level() . ')'), "\n";
        my $routed = setting('/etc/ufw/sysctl.conf', 'net/ipv4/ip_forward') eq '1' ? default_of('FORWARD') : 'disabled';
        print 'Default: ', default_of('INPUT'), ' (incoming), ', default_of('OUTPUT'), " (outgoing), $routed (routed)\n";
        print "New profiles: skip\n";
    }
    my @rows = map { my $family = $_; map { row($family, $_, $how) } rules($family) } families();
    return unless @rows;
    my $number = 0;
    my $indent = $how eq 'numbered' ? ' ' x 5 : '';
    printf "\n%s%-26s %-11s %s\n%s%-26s %-11s %s\n", $indent, qw(To Action From), $indent, '--', '------', '----';
    for my $row (@rows) {
        printf '[%2d] ', ++$number if $how eq 'numbered';
        printf "%-26s %-11s %s\n", @$row;
    }
    print "\n";
}

sub row {
    my ($family, $rule, $how) = @_;
    my $six = $family == 6 ? ' (v6)' : '';
    my $end = sub {
        my ($address, $port, $iface) = @_;
        my $text = $address eq $ANY{$family} ? ($port eq 'any' ? "Anywhere" : $port) : $port eq 'any' ? $address : "$address $port";
        $text .= "/$rule->{proto}" if $rule->{proto} ne 'any' && $port ne 'any';
        $text .= $six if $address eq $ANY{$family};
        return $iface ? "$text on $iface" : $text;
    };
    my $out = $rule->{direction} eq 'out';
    my $action = uc $rule->{action};
    $action .= $out ? ' OUT' : ' IN' if $how ne '' || $out;
    my $from = $end->($rule->{src}, $rule->{sport}, $out ? $rule->{iface} : '');
    $from .= $rule->{log} ? " ($rule->{log})" : '';
    $from = sprintf '%-26s # %s', $from, $rule->{comment} if $rule->{comment} ne '';
    return [$end->($rule->{dst}, $rule->{dport}, $out ? '' : $rule->{iface}), $action, $from];
}

# As it would be typed.
sub words {
    my ($family, $rule) = @_;
    my @words = ($rule->{action});
    my $comment = $rule->{comment} eq '' ? '' : " comment '$rule->{comment}'";
    my $log = $rule->{log} ? " $rule->{log}" : '';
    my $plain = $rule->{src} eq $ANY{$family} && $rule->{dst} eq $ANY{$family} && $rule->{sport} eq 'any';
    if ($plain && !$rule->{iface} && $rule->{dport} ne 'any') {
        push @words, 'out' if $rule->{direction} eq 'out';
        return "@words$log $rule->{dport}" . ($rule->{proto} eq 'any' ? '' : "/$rule->{proto}") . $comment;
    }
    push @words, $rule->{direction} if $rule->{direction} eq 'out' || $rule->{iface};
    push @words, "on $rule->{iface}" if $rule->{iface};
    my $end = sub {
        my ($word, $address, $port) = @_;
        return '' if $address eq $ANY{$family} && $port eq 'any';
        return " $word " . ($address eq $ANY{$family} ? 'any' : $address) . ($port eq 'any' ? '' : " port $port");
    };
    my $ends = $end->('from', @{$rule}{qw(src sport)}) . $end->('to', @{$rule}{qw(dst dport)});
    my $text = "@words$log" . ($ends eq '' && !$rule->{iface} ? ' to any' : $ends);
    $text .= " proto $rule->{proto}" if $rule->{proto} ne 'any';
    return $text . $comment;
}

sub show_added {
    print "Added user rules (see 'ufw status' for running firewall):\n";
    my %seen;
    my @all = grep { !$seen{$_}++ } map { my $family = $_; map { words($family, $_) } rules($family) } families();
    print @all ? map { "ufw $_\n" } @all : "(None)\n";
}

sub port_of {
    my ($word, $rule) = @_;
    my ($port, $proto) = split m{/}, $word, 2;
    if ($port !~ /^[\d,:]+\z/) {
        my @found = map { my (undef, $number, undef, $protocol) = getservbyname($port, $_); $number ? [$number, $protocol] : () }
            $proto ? ($proto) : qw(tcp udp);
        fail("Could not find a profile matching '$port'") unless @found;
        ($port, $proto) = ($found[0][0], $proto // (@found > 1 ? undef : $found[0][1]));
    }
    for my $number (split /[,:]/, $port) { fail("Bad port '$port'") if $number eq '' || $number < 1 || $number > 65_535 }
    $rule->{proto} = $proto if $proto;
    fail("Must specify 'tcp' or 'udp' with multiple ports") if $port =~ /[,:]/ && $rule->{proto} eq 'any' && !$proto;
    return $port;
}

sub address {
    my ($word, $rule) = @_;
    return '' if $word eq 'any';
    my ($host, $bits) = split m{/}, $word, 2;
    my $is_four = $host =~ /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\z/ && !grep { $_ > 255 } ($1, $2, $3, $4);
    my $is_six = $host =~ /:/ && $host =~ /^[0-9a-fA-F:.]+\z/;
    fail('Bad source address') unless $is_four || $is_six;
    fail('Bad source address') if defined $bits && ($bits !~ /^\d{1,3}\z/ || $bits > ($is_four ? 32 : 128));
    my $family = $is_four ? 4 : 6;
    fail('Mixed IP versions for \'from\' and \'to\'') if $rule->{family} && $rule->{family} != $family;
    $rule->{family} = $family;
    return defined $bits && $bits == ($is_four ? 32 : 128) ? $host : $word;
}

sub parse_rule {
    my (@words) = @_;
    my $rule = { action => shift @words, log => '', proto => 'any', dport => 'any', sport => 'any', dst => '', src => '', direction => 'in', iface => '', comment => '' };
    $rule->{direction} = shift @words if @words && $words[0] =~ /^(?:in|out)\z/;
    if (@words && $words[0] eq 'on') { shift @words; $rule->{iface} = shift @words // ''; fail('Invalid interface clause') unless $rule->{iface} =~ /^[\w.:+-]{1,15}\z/ }
    $rule->{log} = shift @words if @words && $words[0] =~ /^log(?:-all)?\z/;
    if (@words && $words[0] !~ /^(?:from|to|proto|comment|port)\z/) { $rule->{dport} = port_of(shift @words, $rule) }
    my $side = 'd';
    while (defined(my $word = shift @words)) {
        my $value = shift @words // fail('Wrong number of arguments');
        if ($word eq 'from') { $rule->{src} = address($value, $rule); $side = 's' }
        elsif ($word eq 'to') { $rule->{dst} = address($value, $rule); $side = 'd' }
        elsif ($word eq 'port') { $rule->{"${side}port"} = port_of($value, $rule) }
        elsif ($word eq 'proto') { fail("Unsupported protocol '$value'") unless $value =~ /^(?:any|tcp|udp|ah|esp|gre|ipv6|igmp)\z/; $rule->{proto} = $value }
        elsif ($word eq 'comment') { $rule->{comment} = $value }
        else { fail("Invalid syntax") }
    }
    return $rule;
}

sub of_family {
    my ($rule, $family) = @_;
    my %copy = %$rule;
    $copy{$_} = $ANY{$family} for grep { $copy{$_} eq '' } qw(src dst);
    return \%copy;
}

sub change_rule {
    my ($at, $is_delete, @words) = @_;
    my $rule = parse_rule(@words);
    for my $family ($rule->{family} ? ($rule->{family}) : families()) {
        my $six = $family == 6 ? ' (v6)' : '';
        my $wanted = of_family($rule, $family);
        my @rules = rules($family);
        my ($old) = grep { place($_) eq place($wanted) } @rules;
        if ($is_delete) {
            my $is_there = $old && $old->{action} eq $wanted->{action};
            print $is_there ? (is_enabled() ? "Rule deleted$six\n" : "Rules updated$six\n") : "Could not delete non-existent rule$six\n";
            keep($family, grep { $_ != $old } @rules) if $is_there;
            next;
        }
        if ($old && tuple($old) eq tuple($wanted)) { print "Skipping adding existing rule$six\n"; next }
        my $said = !is_enabled() ? 'Rules updated' : $old ? 'Rule updated' : defined $at ? 'Rule inserted' : 'Rule added';
        print "$said$six\n";
        fail("Invalid position '$at'") if defined $at && ($at < 1 || $at > @rules + 1);
        if ($old) { @rules = map { $_ == $old ? $wanted : $_ } @rules }
        else { splice @rules, defined $at ? $at - 1 : scalar @rules, 0, $wanted }
        keep($family, @rules);
    }
    apply();
}

sub delete_numbered {
    my ($number) = @_;
    my $at = 0;
    for my $family (families()) {
        my @rules = rules($family);
        for my $rule (@rules) {
            next unless ++$at == $number;
            unless ($force) {
                print "Deleting:\n ", words($family, $rule), "\nProceed with operation (y|n)? ";
                my $answer = <STDIN> // '';
                return print "Aborted\n" unless $answer =~ /^y/i;
            }
            keep($family, grep { $_ != $rule } @rules);
            print "Rule deleted", ($family == 6 ? ' (v6)' : ''), "\n";
            return apply();
        }
    }
    fail("Could not find rule '$number'");
}

sub enable {
    unless ($force || is_enabled() || !$ENV{SSH_CONNECTION}) {
        print 'Command may disrupt existing ssh connections. Proceed with operation (y|n)? ';
        my $answer = <STDIN> // '';
        return print "Aborted\n" unless $answer =~ /^y/i;
    }
    set_to($CONF, 'ENABLED', 'yes');
    apply();
    print "Firewall is active and enabled on system startup\n";
}

sub disable {
    set_to($CONF, 'ENABLED', 'no');
    unless ($dry) { remove_chains($_) for families() }
    print "Firewall stopped and disabled on system startup\n";
}

sub set_default {
    my ($policy, $direction) = @_;
    my $word = { allow => 'ACCEPT', deny => 'DROP', reject => 'REJECT' }->{$policy // ''} or fail('Invalid syntax');
    my $chain = { incoming => 'INPUT', outgoing => 'OUTPUT', routed => 'FORWARD' }->{$direction //= 'incoming'} or fail('Invalid syntax');
    set_to($DEFAULTS, "DEFAULT_${chain}_POLICY", "\"$word\"");
    apply();
    print "Default $direction policy changed to '$policy'\n(be sure to update your rules accordingly)\n";
}

sub set_logging {
    my ($level) = @_;
    fail("Invalid log level '$level'") unless $level =~ /^(?:on|off|low|medium|high|full)\z/;
    set_to($CONF, 'LOGLEVEL', $level eq 'on' ? 'low' : $level);
    apply();
    print $level eq 'off' ? "Logging disabled\n" : "Logging enabled\n";
}

# The unit's program.
if ($0 =~ /ufw-init\z/) {
    my $what = shift // '';
    exit 0 unless is_enabled();
    for (families()) { $what eq 'stop' ? remove_chains($_) : load($_) }
    exit 0;
}
$< == 0 or do { print STDERR "ERROR: You need to be root to run this script\n"; exit 1 };
while (@ARGV && $ARGV[0] =~ /^(?:--dry-run|--force|-f)\z/) { shift(@ARGV) eq '--dry-run' ? ($dry = 1) : ($force = 1) }
my ($verb, @rest) = @ARGV;
fail('not enough args') unless defined $verb;
if ($verb eq 'rule') { ($verb, @rest) = @rest }
if ($verb =~ /^(?:--version|version)\z/) { print "ufw 0.36.2\nCopyright 2008-2023 Canonical Ltd.\n" }
elsif ($verb eq 'status') { status($rest[0] // '') }
elsif ($verb eq 'show' && ($rest[0] // '') eq 'added') { show_added() }
elsif ($verb eq 'enable') { enable() }
elsif ($verb eq 'disable') { disable() }
elsif ($verb eq 'reload') { apply(); print is_enabled() ? "Firewall reloaded\n" : "Firewall not enabled (skipping reload)\n" }
elsif ($verb eq 'reset') { disable(); keep($_) for families(); print "Resetting all rules to installed defaults.\n" }
elsif ($verb eq 'default') { set_default(@rest) }
elsif ($verb eq 'logging') { set_logging($rest[0] // 'on') }
elsif ($verb eq 'delete' && ($rest[0] // '') =~ /^\d{1,6}\z/) { delete_numbered($rest[0]) }
elsif ($verb eq 'delete') { shift @rest if ($rest[0] // '') eq 'rule'; change_rule(undef, 1, @rest) }
elsif ($verb eq 'insert') { my $at = shift @rest; fail('Invalid position') unless ($at // '') =~ /^\d{1,6}\z/; change_rule($at, 0, @rest) }
elsif ($verb eq 'prepend') { change_rule(1, 0, @rest) }
elsif ($verb =~ /^(?:allow|deny|reject|limit)\z/) { fail('Invalid syntax') unless @rest; change_rule(undef, 0, $verb, @rest) }
elsif ($verb =~ /^(?:app|route|show)\z/) { gap("@ARGV") }
else { fail('Invalid syntax') }
