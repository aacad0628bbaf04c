#!/usr/bin/perl
# getfacl and setfacl of acl 2.3 on a node, where this machine has none: the access lists are the kernel's own, in the
# extended attributes in which it keeps and obeys them.
use strict;
use warnings;
use Errno;

my ($program) = $0 =~ m{([^/]+)\z};
my $is_arm = `uname -m` =~ /^(?:aarch64|riscv64)/;
my ($SET, $GET, $REMOVE) = $is_arm ? (5, 8, 14) : (188, 191, 197);
my %ATTRIBUTE = (access => 'system.posix_acl_access', default => 'system.posix_acl_default');
my %TAG = (user_obj => 1, user => 2, group_obj => 4, group => 8, mask => 16, other => 32);
my %NAME = reverse %TAG;
my $NOBODY = 0xffffffff;

sub entry { my ($tag, $perm, $id) = @_; return { tag => $TAG{$tag}, perm => $perm, id => $id // $NOBODY } }

sub minimal {
    my ($mode) = @_;
    return (entry('user_obj', $mode >> 6 & 7), entry('group_obj', $mode >> 3 & 7), entry('other', $mode & 7));
}

sub kept {
    my ($path, $kind) = @_;
    my ($name, $value) = ("$ATTRIBUTE{$kind}\0", "\0" x 8192);
    my $length = syscall $GET, "$path\0", $name, $value, 8192;
    return () if $length < 4;
    my @fields = unpack 'V (v v V)*', substr $value, 0, $length;
    shift @fields;
    my @entries;
    while (my ($tag, $perm, $id) = splice @fields, 0, 3) { push @entries, { tag => $tag, perm => $perm, id => $id } }
    return @entries;
}

sub keep {
    my ($path, $kind, @entries) = @_;
    my $name = "$ATTRIBUTE{$kind}\0";
    if (!@entries) {
        my $done = syscall $REMOVE, "$path\0", $name;
        return $done == 0 || $!{ENODATA};
    }
    my $value = pack 'V (v v V)*', 2, map { ($_->{tag}, $_->{perm}, $_->{id}) } sort { $a->{tag} <=> $b->{tag} || $a->{id} <=> $b->{id} } @entries;
    return 0 == syscall $SET, "$path\0", $name, $value, length $value, 0;
}

sub letters { my ($perm) = @_; return join '', map { $perm & $_->[0] ? $_->[1] : '-' } [4, 'r'], [2, 'w'], [1, 'x'] }

sub bits {
    my ($text, $is_folder) = @_;
    return $text if $text =~ /^[0-7]\z/;
    return undef unless $text =~ /^[rwxX-]{0,4}\z/;
    my $perm = 0;
    $perm |= 4 if $text =~ /r/;
    $perm |= 2 if $text =~ /w/;
    $perm |= 1 if $text =~ /x/ || $text =~ /X/ && $is_folder;
    return $perm;
}

sub bad { print STDERR "$program: Option -$_[0]: Invalid argument near character 1\n"; exit 2 }

# `d:u:www-data:rx`: kind, tag, id, what is allowed (undefined where it is to go).
sub spec {
    my ($text, $option) = @_;
    my @parts = split /:/, $text, -1;
    my $kind = $parts[0] =~ /^d(?:efault)?\z/ ? do { shift @parts; 'default' } : 'access';
    unshift @parts, 'user' if @parts == 2 && $option eq 'm' && $parts[0] !~ /^(?:u|g|o|m|user|group|other|mask)\z/;
    my ($what, $who, $allowed) = @parts;
    bad($option) unless defined $what && $what =~ /^(?:u|user|g|group|o|other|m|mask)\z/;
    my $letter = substr $what, 0, 1;
    ($who, $allowed) = ('', $who) if $letter =~ /[om]/ && @parts == 2 && $option eq 'm';
    $who //= '';
    my $tag = { u => $who eq '' ? 'user_obj' : 'user', g => $who eq '' ? 'group_obj' : 'group', o => 'other', m => 'mask' }->{$letter};
    my $id = $who eq '' ? $NOBODY : $who =~ /^\d+\z/ ? $who : $letter eq 'u' ? getpwnam $who : getgrnam $who;
    bad($option) unless defined $id;
    bad($option) if $option eq 'm' && !defined bits($allowed // 'bad', 0);
    return { kind => $kind, tag => $TAG{$tag}, id => $id, text => $allowed };
}

sub with_mask {
    my ($keeps_mask, @entries) = @_;
    my @named = grep { $NAME{$_->{tag}} =~ /^(?:user|group)\z/ } @entries;
    return @entries if $keeps_mask || !@named && !grep { $NAME{$_->{tag}} eq 'mask' } @entries;
    my $mask = 0;
    $mask |= $_->{perm} for @named, grep { $NAME{$_->{tag}} eq 'group_obj' } @entries;
    return ((grep { $NAME{$_->{tag}} ne 'mask' } @entries), entry('mask', $mask));
}

sub change {
    my ($path, %given) = @_;
    my @stat = stat $path or do { print STDERR "$program: $path: No such file or directory\n"; return 1 };
    my $is_folder = -d _;
    for my $kind (qw(access default)) {
        my @specs = grep { $_->{kind} eq $kind } @{$given{specs}};
        my $is_cleared = $given{clear} || $kind eq 'default' && $given{clear_default};
        next unless @specs || $is_cleared;
        next if $kind eq 'default' && !$is_folder;
        my @entries = kept($path, $kind);
        @entries = grep { $NAME{$_->{tag}} !~ /^(?:user|group|mask)\z/ } @entries if $is_cleared && $kind eq 'access';
        @entries = () if $is_cleared && $kind eq 'default';
        @entries = minimal($stat[2]) if !@entries && (@specs || $kind eq 'access');
        my $has_mask = 0;
        for my $spec (@specs) {
            @entries = grep { $_->{tag} != $spec->{tag} || $_->{id} != $spec->{id} } @entries;
            $has_mask = 1 if $NAME{$spec->{tag}} eq 'mask';
            push @entries, { tag => $spec->{tag}, id => $spec->{id}, perm => bits($spec->{text}, $is_folder) } if !$spec->{gone};
        }
        @entries = with_mask($has_mask || $given{no_mask}, @entries);
        keep($path, $kind, @entries) or do { print STDERR "$program: $path: $!\n"; return 1 };
    }
    return 0;
}

sub shown {
    my ($entry, $prefix, $mask, $by_number) = @_;
    my $name = $NAME{$entry->{tag}};
    my ($word) = $name =~ /^([a-z]+)/;
    my $id = $name =~ /^(?:user|group)\z/ ? $entry->{id} : '';
    $id = ($word eq 'user' ? getpwuid $id : getgrgid $id) // $id if $id ne '' && !$by_number;
    my $line = "$prefix$word:$id:" . letters($entry->{perm});
    my $is_masked = defined $mask && $name =~ /^(?:user|group|group_obj)\z/ && ($entry->{perm} & $mask) != $entry->{perm};
    return $is_masked ? sprintf("%s\t#effective:%s\n", $line, letters($entry->{perm} & $mask)) : "$line\n";
}

sub show {
    my ($path, $absolute, $by_number, $no_comments) = @_;
    my @stat = stat $path or do { print STDERR "$program: $path: No such file or directory\n"; return 1 };
    unless ($no_comments) {
        my $name = $absolute ? $path : $path =~ s{^/+}{}r;
        print STDERR "$program: Removing leading '/' from absolute path names\n" if $name ne $path && !our $said++;
        my ($owner, $group) = $by_number ? @stat[4, 5] : (getpwuid $stat[4] // $stat[4], getgrgid $stat[5] // $stat[5]);
        my $special = join '', $stat[2] & 04000 ? 's' : '-', $stat[2] & 02000 ? 's' : '-', $stat[2] & 01000 ? 't' : '-';
        print "# file: $name\n# owner: $owner\n# group: $group\n", $special eq '---' ? '' : "# flags: $special\n";
    }
    for my $kind (qw(access default)) {
        my @entries = kept($path, $kind);
        @entries = minimal($stat[2]) if !@entries && $kind eq 'access';
        my ($mask) = map { $_->{perm} } grep { $NAME{$_->{tag}} eq 'mask' } @entries;
        print shown($_, $kind eq 'default' ? 'default:' : '', $mask, $by_number) for sort { $a->{tag} <=> $b->{tag} } @entries;
    }
    print "\n";
    return 0;
}

# PATH and, for -R, what is below it; links are not followed.
sub all_of {
    my ($path, $is_deep) = @_;
    return $path if !$is_deep || !-d $path || -l $path;
    opendir my $folder, $path or return $path;
    my @names = sort grep { $_ ne '.' && $_ ne '..' } readdir $folder;
    return ($path, map { all_of("$path/$_", 1) } grep { !-l "$path/$_" } @names);
}

my (%flag, @specs, @paths);
while (defined(my $word = shift @ARGV)) {
    my $long = { '--modify' => '-m', '--remove' => '-x', '--remove-all' => '-b', '--remove-default' => '-k', '--recursive' => '-R',
        '--default' => '-d', '--absolute-names' => '-p', '--numeric' => '-n', '--omit-header' => '-c', '--no-mask' => '-n', '--version' => '-v' }->{$word};
    $word = $long if $long;
    if ($word !~ /^-(.+)\z/s) { push @paths, $word; next }
    for my $letter (split //, $1) {
        if ($program eq 'setfacl' && $letter =~ /[mx]/) { push @specs, map { { %{spec($_, $letter)}, gone => $letter eq 'x' } } split /,/, shift @ARGV // bad($letter) }
        elsif ($letter =~ ($program eq 'setfacl' ? qr/[bkRdnv]/ : qr/[pncRv]/)) { $flag{$letter} = 1 }
        else { print STDERR "lab: '$program -$letter' is not simulated\n"; exit 69 }
    }
}
if ($flag{v}) { print "$program 2.3.2\n"; exit 0 }
$_->{kind} = 'default' for grep { $flag{d} } @specs;
unless (@paths && ($program eq 'getfacl' || @specs || $flag{b} || $flag{k})) { print STDERR "Usage: $program [-options] file ...\nTry `$program --help' for more information.\n"; exit 2 }
my $code = 0;
for my $path (map { all_of($_, $flag{R}) } @paths) {
    $code |= $program eq 'getfacl' ? show($path, $flag{p}, $flag{n}, $flag{c})
        : change($path, specs => \@specs, clear => $flag{b}, clear_default => $flag{k}, no_mask => $flag{n});
}
exit $code;
