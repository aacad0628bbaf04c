#!/usr/bin/perl
# aide 0.19 of a node, and aideinit: keeps what the node's own folders hold (mode, owner, size, SHA-512) and says what has
# changed since. The rules of its configuration are not read, but for the folders that they leave out.
use strict;
use warnings;
use Digest::SHA;
use File::Find;
use Fcntl ':mode';

my @FOLDERS = qw(/etc /root /boot /usr/local /var/spool/cron);
my ($DB, $NEW) = ('/var/lib/aide/aide.db', '/var/lib/aide/aide.db.new');
my ($name) = $0 =~ m{([^/]+)\z};

sub slurp { my ($path) = @_; open my $file, '<', $path or return (); my @all = <$file>; close $file; chomp @all; return @all }

sub excluded {
    my ($config) = @_;
    my @files = ($config, grep { -f } glob '/etc/aide/aide.conf.d/*');
    return map { /^!(\/\S{1,500})/ ? ($1) : () } map { slurp($_) } @files;
}

sub entry {
    my ($path) = @_;
    my @stat = lstat $path or return ();
    my $sum = '-';
    if (S_ISREG($stat[2]) && $stat[7] <= 16 * 1024 * 1024) { $sum = eval { Digest::SHA->new(512)->addfile($path)->hexdigest } // '-' }
    $sum = readlink $path if S_ISLNK($stat[2]);
    return join ' ', sprintf('%o', $stat[2]), $stat[4], $stat[5], (S_ISDIR($stat[2]) ? 0 : $stat[7]), $sum;
}

sub gather {
    my @out = excluded($_[0]);
    my %found;
    find({ no_chdir => 1, wanted => sub {
        my $path = $File::Find::name;
        if (-d $path && !-l $path && (lstat $path)[0] != (lstat '/etc')[0] || grep { index("$path/", "$_/") == 0 } @out, '/etc/pve') { $File::Find::prune = 1; return }
        $found{$path} = entry($path);
    } }, grep { -d } @FOLDERS);
    return \%found;
}

sub keep {
    my ($path, $found) = @_;
    open my $file, '>', $path or do { print STDERR "ERROR: open of '$path' failed\n"; exit 18 };
    print $file "\@\@begin_db\n", (map { "$_\t$found->{$_}\n" } sort keys %$found), "\@\@end_db\n";
    close $file;
    chmod 0600, $path;
}

sub kept { return { map { /^(\/[^\t]*)\t(.*)\z/ ? ($1, $2) : () } slurp($_[0]) } }

sub check {
    my ($config) = @_;
    unless (-f $DB) { print STDERR "ERROR: open of '$DB' failed: No such file or directory\n"; exit 18 }
    my ($old, $now) = (kept($DB), gather($config));
    my %list = (Added => [grep { !exists $old->{$_} } sort keys %$now], Removed => [grep { !exists $now->{$_} } sort keys %$old],
        Changed => [grep { exists $old->{$_} && $old->{$_} ne $now->{$_} } sort keys %$now]);
    my $code = (@{$list{Added}} ? 1 : 0) | (@{$list{Removed}} ? 2 : 0) | (@{$list{Changed}} ? 4 : 0);
    if (!$code) { print "AIDE found NO differences between database and filesystem. Looks okay!!\n\nNumber of entries:\t", scalar keys %$now, "\n"; return (0, $now) }
    print "AIDE found differences between database and filesystem!!\n\nSummary:\n";
    printf "  Total number of entries:\t%d\n", scalar keys %$now;
    printf "  %s entries:\t\t%d\n", $_, scalar @{$list{$_}} for qw(Added Removed Changed);
    for my $kind (grep { @{$list{$_}} } qw(Added Removed Changed)) {
        print "\n---------------------------------------------------\n$kind entries:\n---------------------------------------------------\n\n";
        print map { "$_\n" } @{$list{$kind}};
    }
    return ($code, $now);
}

if ($name eq 'aideinit') {
    my $is_forced = grep { /^(?:-y|--yes|-f|--force)\z/ } @ARGV;
    if (-f $NEW && !$is_forced) { print "Overwrite existing $NEW [Yn]? "; exit 0 if (<STDIN> // 'n') =~ /^n/i }
    print "Running aide --init...\n";
    keep($NEW, gather('/etc/aide/aide.conf'));
    print "AIDE initialized database at $NEW\n";
    keep($DB, kept($NEW)) if !-f $DB || $is_forced;
    exit 0;
}
my ($config) = map { /^--config=(.+)\z/ ? ($1) : () } @ARGV;
for my $at (0 .. $#ARGV - 1) { $config = $ARGV[$at + 1] if $ARGV[$at] =~ /^(?:-c|--config)\z/ }
my ($verb) = grep { /^(?:-C|-i|-u|-D|-v|--(?:check|init|update|config-check|version|compare))\z/ } @ARGV;
$verb = { -C => '--check', -i => '--init', -u => '--update', -D => '--config-check', -v => '--version' }->{$verb // '-C'} // $verb;
if ($verb eq '--version') { print "AIDE 0.19.1\n"; exit 0 }
# As Debian's aide since 0.17: no configuration is taken for granted.
if (!defined $config) { print STDERR "ERROR: missing configuration (use '--config' '--before' or '--after' command line parameter)\n"; exit 15 }
if (!-f $config) { print STDERR "ERROR: cannot open config file '$config': No such file or directory\n"; exit 17 }
if ($verb eq '--config-check') { exit 0 }
if ($verb eq '--init') { my $found = gather($config); keep($NEW, $found); print "AIDE initialized database at $NEW\n\nNumber of entries:\t", scalar keys %$found, "\n"; exit 0 }
if ($verb eq '--compare') { print STDERR "lab: 'aide --compare' is not simulated\n"; exit 69 }
my ($code, $now) = check($config);
keep($NEW, $now) if $verb eq '--update';
exit $code;
