#!/usr/bin/perl
# How apt fetches on a node: its methods http and https read from the lab's own mirror, and gpgv takes what that has for
# signed. The protocol is apt's (doc/method.md of apt): messages of a status line and fields, ended by an empty line.
use strict;
my ($name) = $0 =~ m{([^/]+)\z};
my $mirror = '/opt/lab/mirror';
$| = 1;
say_to_apt('100 Capabilities', Version => '1.2', 'Single-Instance' => 'true', 'Send-Config' => 'false', Pipeline => 'false');
my %asked;
while (defined(my $line = <STDIN>)) {
    chomp $line;
    if ($line =~ /^(\d+) /) { %asked = (status => $1) }
    elsif ($line =~ /^([\w-]+): *(.*)/) { $asked{$1} = $2 }
    elsif ($line eq '' and %asked) { acquire() if $asked{status} == 600; %asked = () }
}

sub say_to_apt {
    my ($status, @fields) = @_;
    my $text = "$status\n";
    while (my ($key, $value) = splice @fields, 0, 2) { $text .= "$key: $value\n" }
    print "$text\n";
}

sub acquire {
    my $uri = $asked{URI};
    if ($name !~ /^http/) {
        my ($path) = $uri =~ m{^\w+:(.*)\z};
        return say_to_apt('201 URI Done', URI => $uri, Filename => $path, 'Signed-By' => '24B30F06ECC1836A4E5EFECBA7BCD1420BFE778E', 'GPGVOutput' => 'GOODSIG A7BCD1420BFE778E');
    }
    my ($host, $path) = $uri =~ m{^https?://([\w.-]+)(?::\d+)?/+([\w./+~%:-]*)\z};
    return refuse($uri, 'Invalid URI') if !defined $path or $path =~ m{\.\.};
    return refuse($uri, '401  Unauthorized [IP: 51.91.38.34 443]') if $host eq 'enterprise.proxmox.com';
    return refuse($uri, "Could not resolve '$host'") if !-d "$mirror/$host";
    $path =~ s/%([0-9a-fA-F]{2})/chr hex $1/ge;
    my $file = "$mirror/$host/$path";
    return refuse($uri, '404  Not Found [IP: 151.101.86.132 80]') if !-f $file;
    my ($size, $changed) = (stat _)[7, 9];
    my $modified = http_date($changed);
    if (($asked{'Last-Modified'} // '') eq $modified) {
        return say_to_apt('201 URI Done', URI => $uri, Filename => $asked{Filename}, 'Last-Modified' => $modified, 'IMS-Hit' => 'true', Size => $size);
    }
    say_to_apt('200 URI Start', URI => $uri, Size => $size, 'Last-Modified' => $modified);
    local $/;
    open my $from, '<:raw', $file or return refuse($uri, "$file: $!");
    my $content = readline $from;
    open my $to, '>:raw', $asked{Filename} or return refuse($uri, "$asked{Filename}: $!");
    print $to $content // '';
    close $to or return refuse($uri, "$asked{Filename}: $!");
    say_to_apt('201 URI Done', URI => $uri, Filename => $asked{Filename}, Size => $size, 'Last-Modified' => $modified, digests($asked{Filename}));
}

sub refuse {
    my ($uri, $message) = @_;
    my ($status) = $message =~ /^(\d+)/;
    say_to_apt('400 URI Failure', FailReason => defined $status ? "HttpError$status" : 'ResolveFailure', Message => $message, URI => $uri);
}

# By the system's own programs: a module may be one that somebody has put on the node.
sub digests {
    my ($file) = @_;
    return map { my ($field, $program) = @$_; open my $from, '-|', "/usr/bin/$program", $file or return; (split ' ', readline $from)[0] =~ /^(\w+)/ ? ($field => $1) : () }
        ['SHA256-Hash', 'sha256sum'];
}

sub http_date {
    my ($second, $minute, $hour, $day, $month, $year, $weekday) = gmtime $_[0];
    return sprintf '%s, %02d %s %d %02d:%02d:%02d GMT', (qw(Sun Mon Tue Wed Thu Fri Sat))[$weekday], $day,
        (qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec))[$month], $year + 1900, $hour, $minute, $second;
}
