#!/bin/sh
# `systemd-analyze` of a node: what only reckons is this machine's, what asks the first process is the lab's.
case "$1" in
    calendar|timespan|timestamp) exec /usr/.bin/systemd-analyze "$@" ;;
    *) exec /opt/lab/bin/asking/systemd-analyze "$@" ;;
esac
