#!/usr/bin/perl
# A stand-in of the lab for nginx and apache2: listens where their configuration says, and serves the files that it names.
# Of nginx: listen, server_name, root, alias, index, try_files ... =404, return, proxy_pass; of apache2: Listen, VirtualHost,
# DocumentRoot. What else stands there is passed over. A request is answered as www-data, and its connection closed.
use strict;
use Socket;
my ($name) = $0 =~ m{([^/]+)\z};
my $is_nginx = $name eq 'nginx';
my $version = $is_nginx ? 'nginx/1.26.3' : 'Apache/2.4.65 (Debian)';
my ($log, $www_data) = ($is_nginx ? '/var/log/nginx' : '/var/log/apache2', 33);
my %types = (html => 'text/html', htm => 'text/html', css => 'text/css', js => 'application/javascript', json => 'application/json', txt => 'text/plain', svg => 'image/svg+xml', png => 'image/png', jpg => 'image/jpeg');
my %phrases = (200 => 'OK', 301 => 'Moved Permanently', 302 => 'Found', 400 => 'Bad Request', 403 => 'Forbidden', 404 => 'Not Found', 405 => 'Not Allowed', 502 => 'Bad Gateway');
my (%listening, @servers, $again, $access);

if (grep { /^(?:-v|-V|--version)\z/ } @ARGV) { print STDERR "$name version: $version\n"; exit 0 }
if (grep { /^(?:-t|-T|--test|configtest)\z/ } @ARGV) {
    eval { read_all(); 1 } or give_up("$@", 'configuration file test failed');
    print STDERR "$name: configuration file test is successful\n";
    exit 0;
}
if (my ($at) = grep { $ARGV[$_] eq '-s' } 0 .. $#ARGV) {
    my %signals = (stop => 'TERM', quit => 'TERM', reload => 'HUP', reopen => 'USR1');
    open my $file, '<', "/run/$name.pid" or give_up("open() \"/run/$name.pid\" failed");
    kill $signals{$ARGV[$at + 1]} // give_up('invalid option: "-s"'), readline $file;
    exit 0;
}

$SIG{CHLD} = 'IGNORE';
$SIG{PIPE} = 'IGNORE';
$SIG{TERM} = $SIG{INT} = $SIG{QUIT} = sub { unlink "/run/$name.pid"; exit 0 };
$SIG{HUP} = sub { $again = 1 };
eval { begin(); 1 } or give_up("$@");
open my $pid_file, '>', "/run/$name.pid" or give_up("/run/$name.pid: $!");
print $pid_file "$$\n";
close $pid_file;
$0 = $is_nginx ? 'nginx: master process /usr/sbin/nginx' : '/usr/sbin/apache2 -k start';
while (1) {
    if ($again) { $again = 0; eval { begin(); 1 } or note("error.log", "[emerg] $@") }
    my $wanted = '';
    vec($wanted, fileno $_, 1) = 1 for values %listening;
    select(my $ready = $wanted, undef, undef, undef) > 0 or next;
    for my $place (grep { vec $ready, fileno $listening{$_}, 1 } keys %listening) {
        my $from = accept my $client, $listening{$place} or next;
        next if fork;
        alarm 20;
        open $access, '>>', "$log/access.log" or undef $access;    # as root: the request is www-data's
        $) = "$www_data $www_data"; $( = $www_data; ($<, $>) = ($www_data, $www_data);
        answer($client, $place, inet_ntoa((unpack_sockaddr_in $from)[1]));
        exit 0;
    }
}

sub give_up { print STDERR map { s/\s+\z//r =~ s/^/$name: [emerg] /r . "\n" } @_; exit 1 }
sub note { my ($file, $line) = @_; open my $to, '>>', "$log/$file" or return; print $to "$line\n" }

sub begin {
    read_all();
    my %wanted = map { $_ => 1 } map { @{ $_->{listen} } } @servers;
    close delete $listening{$_} for grep { !$wanted{$_} } keys %listening;
    $listening{$_} //= listen_on($_) for keys %wanted;
}

sub listen_on {
    my ($host, $port) = $_[0] =~ /^(.*):(\d+)\z/;
    socket my $socket, PF_INET, SOCK_STREAM, 0 or die "socket: $!";
    setsockopt $socket, SOL_SOCKET, SO_REUSEADDR, 1;
    bind $socket, pack_sockaddr_in($port, inet_aton($host)) or die "bind() to $_[0] failed ($!)\n";
    listen $socket, 511 or die "listen: $!";
    return $socket;
}

sub slurp { my ($path) = @_; open my $file, '<', $path or die "open() \"$path\" failed ($!)\n"; local $/; my $text = readline $file; return $text =~ s/^\s*#.*$//mgr }

sub read_all { @servers = $is_nginx ? read_nginx() : read_apache() }

# A block is [words, block] for each directive; `undef` where it has none.
sub read_nginx {
    my @blocks = map { parse(slurp($_)) } '/etc/nginx/nginx.conf', sort glob('/etc/nginx/conf.d/*.conf /etc/nginx/sites-enabled/*');
    my @http = map { @$_ } map { $_->[1] // [] } grep { $_->[0][0] eq 'http' } @blocks;
    return map { server_of($_->[1]) } grep { $_->[0][0] eq 'server' and $_->[1] } @blocks, @http;
}

sub parse {
    my @tokens = $_[0] =~ /"[^"]*"|'[^']*'|[{};]|[^\s{};]+/g;
    my @stack = ([]);
    my @words;
    for my $token (@tokens) {
        if ($token eq ';') { push @{ $stack[-1] }, [[@words]] if @words; @words = () }
        elsif ($token eq '{') { my $inner = []; push @{ $stack[-1] }, [[@words], $inner]; push @stack, $inner; @words = () }
        elsif ($token eq '}') { pop @stack; @stack or die "unexpected \"}\"\n" }
        else { push @words, $token =~ s/^(["'])(.*)\1\z/$2/sr }
    }
    die "unexpected end of file, expecting \"}\"\n" if @stack > 1;
    die "directive \"$words[0]\" is not terminated by \";\"\n" if @words;
    return @{ $stack[0] };
}

sub server_of {
    my ($block) = @_;
    my %said;
    push @{ $said{ $_->[0][0] } }, $_ for @$block;
    my @listen = map { $_->[0][1] } @{ $said{listen} // [[[listen => 80]]] };
    my $own = settings_of($block);
    my @locations = map { { path => $_->[0][-1], %$own, %{ settings_of($_->[1]) } } } @{ $said{location} // [] };
    return {
        listen => [map { /^(\d+)\z/ ? "0.0.0.0:$1" : /^\*:(\d+)\z/ ? "0.0.0.0:$1" : /^[\d.]+:\d+\z/ ? $_ : () } @listen],
        names => [map { my @words = @{ $_->[0] }; @words[1 .. $#words] } @{ $said{server_name} // [] }],
        locations => [sort { length $b->{path} <=> length $a->{path} } @locations, { path => '/', %$own }],
    };
}

sub settings_of {
    my %found;
    for (@{ $_[0] }) { my ($what, @words) = @{ $_->[0] }; $found{$what} = [@words] if $what =~ /^(?:root|alias|index|return|proxy_pass)\z/ }
    return \%found;
}

sub read_apache {
    my @ports = map { /^\s*Listen\s+(?:[\d.]+:)?(\d+)/mgi } slurp('/etc/apache2/ports.conf');
    my @sites = map { slurp($_) } sort glob '/etc/apache2/sites-enabled/*.conf';
    my ($root) = map { /^\s*DocumentRoot\s+"?([^"\s]+)/mi } @sites;
    my $own = { root => [$root // '/var/www/html'], index => ['index.html'] };
    return { listen => [map { "0.0.0.0:$_" } @ports], names => [], locations => [{ path => '/', %$own }] };
}

sub answer {
    my ($client, $place, $from) = @_;
    my $head = '';
    while ($head !~ /\r?\n\r?\n/) { return if length $head > 16384 or !sysread $client, $head, 4096, length $head }
    my ($method, $target) = $head =~ m{^(\w+) (\S+) HTTP/1\.[01]} or return reply($client, 400);
    my ($host) = $head =~ /^Host:\s*([\w.-]+)/mi;
    my @here = grep { grep { $_ eq $place } @{ $_->{listen} } } @servers;
    my ($server) = ((grep { grep { $_ eq ($host // '') } @{ $_->{names} } } @here), @here);
    my $path = ($target =~ s{^https?://[^/]*}{}r) =~ s/\?.*//sr;
    $path =~ s/%([0-9a-fA-F]{2})/chr hex $1/ge;
    my ($location) = grep { my $prefix = $_->{path}; $prefix eq '/' or index($path, $prefix) == 0 } @{ $server->{locations} };
    my $status = $path =~ m{^/} && "$path/" !~ m{/\.\./} ? serve($client, $location, { method => $method, path => $path, head => $head }) : reply($client, 400);
    print $access qq($from - - "$method $target HTTP/1.1" $status\n) if $access;
}

sub serve {
    my ($client, $location, $asked) = @_;
    my ($path, $method) = @$asked{qw(path method)};
    if (my $return = $location->{return}) {
        my ($code, @text) = @$return;
        return $code =~ /^30/ ? reply($client, $code, '', "Location: @text") : reply($client, $code, join(' ', @text), 'Content-Type: text/plain');
    }
    return pass($client, $location->{proxy_pass}[0], $asked) if $location->{proxy_pass};
    return reply($client, 405) if $method !~ /^(?:GET|HEAD)\z/;
    my $file = $location->{alias} ? $location->{alias}[0] . substr $path, length $location->{path} : ($location->{root}[0] // '/var/www/html') . $path;
    ($file) = ((grep { -f } map { "$file/$_" } @{ $location->{index} // ['index.html'] }), $file) if -d $file;
    return reply($client, -d $file ? 403 : 404) if !-f $file;
    open my $from, '<:raw', $file or return reply($client, 403);
    my ($ending) = $file =~ /\.(\w+)\z/;
    local $/;
    return reply($client, 200, readline $from, 'Content-Type: ' . ($types{ $ending // '' } // 'application/octet-stream'), $method eq 'HEAD');
}

sub reply {
    my ($client, $status, $body, $header, $is_head) = @_;
    my $phrase = $phrases{$status} // 'Status';
    $body //= "<html>\r\n<head><title>$status $phrase</title></head>\r\n<body>\r\n<center><h1>$status $phrase</h1></center>\r\n<hr><center>$version</center>\r\n</body>\r\n</html>\r\n";
    my $head = join "\r\n", "HTTP/1.1 $status $phrase", "Server: $version", $header // 'Content-Type: text/html', 'Content-Length: ' . length $body, 'Connection: close', '', '';
    my $bytes = $is_head ? $head : $head . $body;
    while (length $bytes) { my $sent = syswrite $client, $bytes; defined $sent or last; substr $bytes, 0, $sent, '' }
    return $status;
}

sub pass {
    my ($client, $to, $asked) = @_;
    my ($host, $port) = $to =~ m{^http://([\w.-]+):?(\d*)};
    my $address = inet_aton($host // '');
    socket my $server, PF_INET, SOCK_STREAM, 0;
    connect $server, pack_sockaddr_in($port || 80, $address) or return reply($client, 502) if $address;
    return reply($client, 502) if !$address;
    syswrite $server, $asked->{head} =~ s/^Connection:.*\r?\n//mgir =~ s/\r?\n\r?\n/\r\nConnection: close\r\n\r\n/r;
    while (sysread $server, my $bytes, 65536) { syswrite $client, $bytes }
    return 200;
}
