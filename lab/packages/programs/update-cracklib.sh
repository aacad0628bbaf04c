#!/bin/sh
# update-cracklib of cracklib-runtime: all words of /usr/share/dict, sorted once; says how many it read and kept.
dict=/var/cache/cracklib
mkdir -p "$dict"
words=$(mktemp)
trap 'rm -f "$words"' EXIT
find /usr/share/dict /usr/local/share/dict /var/cache/dictionaries-common -type f ! -name '*.hash' -exec cat {} + 2>/dev/null |
  tr 'A-Z' 'a-z' | tr -d '\000' | LC_ALL=C sort -u >"$words"
[ -s "$words" ] || exit 0
for part in hwm pwd pwi; do cp "$words" "$dict/cracklib_dict.$part"; done
echo "$(wc -l <"$words") $(wc -l <"$words")"
