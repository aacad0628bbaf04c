# The small process between an agent and a command, which outlives the agent: it keeps the output, the time limit
# and the end of a call. Perl, because it must start at once and is part of every Debian; no modules.
#
# Reads "input" in its folder, writes "pid", "stdout", "stderr" (each up to a limit, then only counted; the last bytes of
# what was dropped in "stdout.tail"), and at the end "result", in one piece. SIGTERM cancels. It becomes the parent of
# whatever its descendants leave behind, so nothing gets out of its tree, and nothing of it is left at the end.
# Started by runner.ts, whose launchArguments() are its @ARGV.
use strict;
my ($folder, $mark, $limit, $grace, $stop, $keep, $tail, $most, $most_bytes, $prctl, $places, @command) = @ARGV;
my ($cause, $status, %streams, %open);
my ($began, $runner) = (now(), $$);
my $look = $began + 0.5;
my $crowd = tasks() + $most;
my $umask = umask 077;
$SIG{TERM} = sub { $cause ||= 'cancelled' };
$SIG{CHLD} = 'DEFAULT';    # a handler breaks Perl when 120 children end at once
eval { main(); 1 } or finish("broken", $@);

sub main {
    put('pid', $$);
    syscall($prctl, 36, 1, 0, 0, 0) == 0 or die "PR_SET_CHILD_SUBREAPER: $!";
    stream($_) for 'stdout', 'stderr';
    my $leader = fork // die "fork: $!";
    become() if !$leader;
    close delete $_->{write} for values %streams;
    my $deadline = $began + $limit;
    my $kill;
    until (defined $status) {
        $cause ||= 'timeout' if now() >= $deadline;
        if ($cause && !$kill) {
            $kill = now() + $grace;
            kill $stop, grep { is_marked($_) } descendants();
        }
        last if $kill && now() >= $kill;
        last if !$kill && is_too_much();
        drain(%open ? 0.05 : 0.005);
        reap($leader);
    }
    kill 'KILL', $leader if !defined $status;    # a sandbox ends with it, however many are in it
    drain(0.005) if reap($leader) >= 0;    # the processes of a sandbox end by themselves
    my $patience = now() + 5;
    until (reap($leader) < 0) {
        return finish('unkillable') if now() > $patience;
        kill 'KILL', descendants();
        drain(0.005);
    }
    $patience = now() + 2;    # for output that a stranger holds open
    drain(0.05) while %open && now() < $patience;
    finish($cause || 'exited');
}

sub become {
    setpgrp 0, 0;
    setpriority 0, 0, 10;    # whoever starts many must not keep the runner from ending them
    umask $umask;
    count_in_group() if $< == 0;
    eval { put_into('/proc/self/oom_score_adj', 1000) };    # when memory is short, commands end first
    $SIG{TERM} = 'DEFAULT';
    open STDIN, '<', "$folder/input";
    open STDOUT, '>&', $streams{stdout}{write};
    open STDERR, '>&', $streams{stderr}{write};
    close_inherited();
    exec { $command[0] } @command or print STDERR "$command[0]: $!\n";
    exit 127;
}

# The kernel limits the processes of every user but root; a control group, where one can be made, those of root too.
sub count_in_group {
    for my $group (groups()) {
        mkdir $group;
        return if -e "$group/pids.max"
            && eval { put_into("$group/pids.max", $most); put_into("$group/cgroup.procs", $$); 1 };
        rmdir $group;
    }
}

# Of control groups version 2 and 1.
sub groups {
    return map { "$_/minilab-$runner" } split /:/, $places;
}

# What the agent itself was started with, and did not know of.
sub close_inherited {
    opendir my $open, '/proc/self/fd' or die "/proc/self/fd: $!";
    for my $number (grep { /^\d+$/ && $_ > 2 && $_ != fileno $open } readdir $open) {
        open my $file, '<&=', $number or next;
        close $file;
    }
}

sub stream {
    my ($name) = @_;
    pipe my $read, my $write or die "pipe: $!";
    open my $file, '>', "$folder/$name" or die "$name: $!";
    $streams{$name} = { read => $read, write => $write, file => $file, room => $keep, bytes => 0, tail => '' };
    $open{$name} = $streams{$name};
}

# Wait for output, a signal, or the time; keep what came.
sub drain {
    my ($seconds) = @_;
    my $ready = '';
    vec($ready, fileno $_->{read}, 1) = 1 for values %open;
    return if select($ready, undef, undef, $seconds) <= 0;
    keep($_) for grep { vec $ready, fileno $open{$_}{read}, 1 } keys %open;
}

sub keep {
    my ($name) = @_;
    my $count = sysread $open{$name}{read}, my $chunk, 65536;
    return delete $open{$name} if defined $count && !$count;
    append($streams{$name}, $chunk) if $count;
}

sub append {
    my ($stream, $chunk) = @_;
    $stream->{bytes} += length $chunk;
    my $kept = substr $chunk, 0, $stream->{room}, '';
    my $written = length $kept ? syswrite $stream->{file}, $kept : 0;
    $stream->{room} -= length $kept;
    $stream->{room} = 0 if ($written // 0) < length $kept;    # the disk is full
    $stream->{tail} = substr $stream->{tail} . $chunk, -$tail if length $chunk;
}

# What a whole call may take; the limits of each process are the kernel's. Looked at twice a second, and at once
# when the machine has become full.
sub is_too_much {
    return 0 if now() < $look && tasks() <= $crowd;
    $look = now() + 0.5;
    my @tree = descendants();
    my $bytes = 0;
    $bytes += 1024 * $_ for map { slurp("/proc/$_/status") =~ /^Rss(?:Anon|Shmem):\s+(\d+)/mg } @tree;
    return 0 if @tree <= $most && $bytes <= $most_bytes;
    my $what = @tree > $most ? "$most processes" : "$most_bytes bytes of memory";
    append($streams{stderr}, "[killed: a command may have $what]\n");
    return 1;
}

# All of the machine.
sub tasks {
    return (slurp('/proc/loadavg') =~ m{/(\d+)})[0] // 0;
}

# Collect what has ended; negative when there is no child any more.
sub reap {
    my ($leader) = @_;
    while ((my $pid = waitpid -1, 1) != 0) {
        $status = $? if $pid == $leader;
        return -1 if $pid < 0;
    }
    return 0;
}

# Parents before their children: nobody goes on for having lost a child, before the signal reaches himself.
sub descendants {
    my %parent;
    opendir my $proc, '/proc' or die "/proc: $!";
    for my $pid (grep { /^\d+$/ } readdir $proc) {
        $parent{$pid} = $1 if slurp("/proc/$pid/stat") =~ /.*\) [^ZX] (\d+)/s;
    }
    my %depth = map { $_ => depth_of($_, \%parent) } keys %parent;
    return sort { $depth{$a} <=> $depth{$b} } grep { $depth{$_} } keys %depth;
}

# How far below this process; 0 for who is not.
sub depth_of {
    my ($pid, $parent) = @_;
    for (1 .. 999) {    # a number may be given anew while the list is read
        $pid = $parent->{$pid} or return 0;
        return $_ if $pid == $$;
    }
    return 0;
}

# The command's own processes; those of the sandbox around it have no mark. Of another user it shows none.
sub is_marked {
    my $owner = (stat "/proc/$_[0]")[4];
    return 1 if $owner && $owner != $<;
    return index("\0" . slurp("/proc/$_[0]/environ"), "\0$mark\0") >= 0;
}

sub slurp {
    open my $file, '<', $_[0] or return '';
    local $/;
    return <$file> // '';
}

sub now {
    return (split ' ', slurp('/proc/uptime'))[0];
}

sub put_into {
    my ($path, $text) = @_;
    open my $file, '>', $path or die "$path: $!";
    print $file $text;
    close $file or die "$path: $!";
}

sub put {
    my ($name, $text) = @_;
    put_into("$folder/$name.part", $text);
    rename "$folder/$name.part", "$folder/$name" or die "$name: $!";
}

sub finish {
    my ($kind, $problem) = (@_, "");
    rmdir $_ for groups();
    $problem =~ s{[^\w .:,/-]}{}g;
    put("$_.tail", $streams{$_}{tail}) for grep { $streams{$_}{tail} ne '' } keys %streams;
    put('result', sprintf '{"kind":"%s","status":%s,"stdoutBytes":%d,"stderrBytes":%d,"durationMs":%d,"problem":"%s"}',
        $kind, $status // 'null', (map { $streams{$_} ? $streams{$_}{bytes} : 0 } 'stdout', 'stderr'),
        1000 * (now() - $began), $problem);
}
