#!/usr/bin/perl
# aa-status and its like on a node: what mode a profile of /etc/apparmor.d is in stands in its file, as on a real node; no
# program is confined by it.
use strict;
use warnings;

my $FOLDER = '/etc/apparmor.d';
my ($name) = $0 =~ m{([^/]+)\z};

sub text { my ($path) = @_; open my $file, '<', $path or return ''; local $/; my $text = <$file>; close $file; return $text // '' }
sub put { my ($path, $text) = @_; open my $file, '>', $path or die "ERROR: cannot write $path\n"; print $file $text; close $file }

# [name, mode, path] of every profile in a file.
sub profiles {
    my ($path) = @_;
    my ($base) = $path =~ m{([^/]+)\z};
    return () if -e "$FOLDER/disable/$base";
    my @found;
    for (split /\n/, text($path)) {
        next unless m!^(?:profile\s+)?("[^"]{1,500}"|[\w/.*\@\{\},+:-]{1,500})(?:\s+[^\{#]{0,500})?\{\s*\z!;
        my ($title, $line) = ($1, $_);
        $title =~ tr/"//d;
        push @found, [$title, $line =~ /flags=\([^)]*complain/ ? 'complain' : 'enforce', $path];
    }
    return @found;
}

sub all { return map { profiles($_) } grep { -f } glob "$FOLDER/*" }

sub status {
    my @all = all();
    my $how = $ARGV[0] // '--verbose';
    my $of = sub { my ($mode) = @_; return grep { $_->[1] eq $mode } @all };
    if ($how eq '--enabled') { return 0 }
    if ($how eq '--profiled') { print scalar(@all), "\n"; return 0 }
    if ($how eq '--enforced') { print scalar($of->('enforce')), "\n"; return 0 }
    if ($how eq '--complaining') { print scalar($of->('complain')), "\n"; return 0 }
    if ($how !~ /^(?:--verbose|-v|--pretty-print)\z/) { print STDERR "lab: '$name $how' is not simulated\n"; return 69 }
    print "apparmor module is loaded.\n", scalar(@all), " profiles are loaded.\n";
    for my $mode (qw(enforce complain prompt kill unconfined)) {
        my @some = sort map { $_->[0] } $of->($mode);
        print scalar(@some), " profiles are in $mode mode.\n", map { "   $_\n" } @some;
    }
    print "0 processes have profiles defined.\n";
    print "0 processes are in $_ mode.\n" for qw(enforce complain prompt kill);
    print "0 processes are unconfined but have a profile defined.\n0 processes are in mixed mode.\n";
    return 0;
}

sub change {
    my ($mode, @names) = @_;
    my $code = 0;
    for my $wanted (@names) {
        my $path = -f $wanted ? $wanted : "$FOLDER/" . ($wanted =~ s{^/}{}r =~ s{/}{.}gr);
        unless (-f $path) { print "Can't find $wanted in the system path list. If the name of the application\nis correct, please run 'which $wanted' as a user with correct PATH\nenvironment set up in order to find the fully-qualified path and\nuse the full path as parameter.\n"; $code = 1; next }
        my ($base) = $path =~ m{([^/]+)\z};
        print "Setting $path to $mode mode.\n";
        if ($mode eq 'disable') { mkdir "$FOLDER/disable"; symlink $path, "$FOLDER/disable/$base"; next }
        unlink "$FOLDER/disable/$base";
        put($path, join '', map { set_mode($_, $mode) } split /^/, text($path));
    }
    return $code;
}

sub set_mode {
    my ($line, $mode) = @_;
    return $line unless $line =~ m!^(?:profile\s|"?[/\@])! && $line =~ /\{\s*\z/;
    if ($line =~ s/flags=\(([^)]*)\)/FLAGS/) {
        my @flags = grep { $_ ne 'complain' } split /[\s,]+/, $1;
        push @flags, 'complain' if $mode eq 'complain';
        my $text = @flags ? 'flags=(' . join(',', @flags) . ')' : '';
        $line =~ s/FLAGS/$text/;
        $line =~ s/  \{/ {/;
        return $line;
    }
    $line =~ s/\s*\{(\s*)\z/ flags=(complain) {$1/ if $mode eq 'complain';
    return $line;
}

if ($name =~ /^(?:aa-status|apparmor_status)\z/) { exit status() }
if ($name eq 'aa-enabled') { print "Yes\n"; exit 0 }
if ($name =~ /^aa-(enforce|complain|disable)\z/) {
    my $mode = $1;
    $< == 0 or do { print "You must be root to run this program\n"; exit 1 };
    exit change($mode, grep { !/^-/ } @ARGV);
}
if ($name eq 'apparmor_parser') {
    my @files = grep { !/^-/ } @ARGV;
    for my $path (@files) { unless (-e $path) { print STDERR "File $path not found, skipping...\n"; exit 1 } }
    exit 0;
}
print STDERR "lab: '$name @ARGV' is not simulated\n";
exit 69;
