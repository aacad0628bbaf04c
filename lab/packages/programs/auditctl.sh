#!/bin/sh
# auditctl of auditd: keeps a list of rules until the next boot; nothing is audited by it.
kept=/run/lab-audit.rules
buffers=8192
[ -e "$kept" ] || : >"$kept"
case "$1" in
  -R)
    [ -r "$2" ] || { echo "Error opening $2 (No such file or directory)" >&2; exit 1; }
    grep -q '^-D' "$2" && : >"$kept"
    grep -E '^-[aAw] ' "$2" >>"$kept"
    ;;
  -l) if [ -s "$kept" ]; then cat "$kept"; else echo "No rules"; fi ;;
  -D) : >"$kept"; echo "No rules" ;;
  -s)
    echo "enabled 1
failure 1
pid $(pgrep -o auditd || echo 0)
rate_limit 0
backlog_limit $buffers
lost 0
backlog 0
backlog_wait_time 60000
backlog_wait_time_actual 0
loginuid_immutable 0 unlocked"
    ;;
  -w | -a | -A) echo "$*" >>"$kept" ;;
  -W | -d)
    add=$(echo "$*" | sed 's/^-W/-w/; s/^-d/-a/')
    grep -qxF -- "$add" "$kept" || { echo "Error sending delete rule request (No such file or directory)" >&2; exit 1; }
    grep -vxF -- "$add" "$kept" >"$kept.new"
    mv "$kept.new" "$kept"
    ;;
  -b | -f | -e | -r) ;;
  -v) echo "auditctl version 4.0.2" ;;
  *) echo "lab: 'auditctl $*' is not simulated" >&2; exit 69 ;;
esac
