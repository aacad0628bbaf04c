#!/bin/sh
# `ssh` of a node: this machine's, but for the version of the OpenSSL that it is linked with.
[ "$*" != -V ] || { echo 'OpenSSH_10.0p2 Debian-7, OpenSSL 3.5.4 30 Sep 2025' >&2; exit 0; }
exec /opt/lab/bin/openssh/ssh "$@"
