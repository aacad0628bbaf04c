#!/usr/bin/perl
# The first process of a machine: says that everything is mounted, buries orphans, and ends with the lab, when its input
# does. The kernel then ends every other process of the machine.
$SIG{CHLD} = 'IGNORE';
$| = 1;
print "ready\n";
1 while sysread STDIN, my $nothing, 64;
