#!/bin/sh
# rkhunter 1.4.6 of a node: checks its configuration file, keeps what files are like and finds nothing.
conf=/etc/rkhunter.conf
case " $* " in
  *" --version "* | *" -V "*) echo "Rootkit Hunter 1.4.6" ;;
  *" --config-check "* | *" -C "*)
    bad=$(grep -vnE '^[[:space:]]*(#|$)|^[A-Z][A-Z0-9_]*=' "$conf")
    [ -z "$bad" ] || { echo "Unknown configuration file option: $bad"; exit 1; }
    ;;
  *" --propupd "*)
    mkdir -p /var/lib/rkhunter/db
    sha256sum /usr/bin/* /usr/sbin/* 2>/dev/null >/var/lib/rkhunter/db/rkhunter.dat
    echo "[ Rootkit Hunter version 1.4.6 ]
File updated: searched for $(ls /usr/bin /usr/sbin | wc -l) files, found $(wc -l </var/lib/rkhunter/db/rkhunter.dat)"
    ;;
  *" --update "*) echo "[ Rootkit Hunter version 1.4.6 ]

Checking rkhunter data files...
  Checking file mirrors.dat                                  [ No update ]
  Checking file programs_bad.dat                             [ No update ]
  Checking file backdoorports.dat                            [ No update ]
  Checking file suspscan.dat                                 [ No update ]" ;;
  *) echo "lab: 'rkhunter $*' is not simulated" >&2; exit 69 ;;
esac
