/**
 * Ways to change a setting of the machine's kernel through a file (/proc/sys, /sys), as bash scripts: FILE is the file,
 * NEW the value. Whether it was changed is seen on the machine. The last ones are for what covers the file.
 */

const python = (code: string) => `python3 - <<'PYTHON'
import os, ctypes, threading
FILE, NEW = os.environ['FILE'], os.environ['NEW'].encode()
def put(fd): os.pwrite(fd, NEW, 0)
${code}
PYTHON`;

const WRITERS: readonly (readonly [string, string])[] = [
  ["echo", 'echo "$NEW" > "$FILE"'],
  ["append", 'echo "$NEW" >> "$FILE"'],
  ["tee", 'echo "$NEW" | tee "$FILE"'],
  ["dd", 'echo "$NEW" | dd of="$FILE" conv=notrunc'],
  ["copy of a file", 'echo "$NEW" > /tmp/value; cp /tmp/value "$FILE"; rm -f /tmp/value'],
  ["awk", 'awk -v file="$FILE" -v value="$NEW" "BEGIN { print value > file }"'],
  ["perl", `perl -e 'open my $f, ">", $ENV{FILE}; print $f $ENV{NEW}'`],
  ["own root", 'echo "$NEW" > "/proc/self/root$FILE"'],
  ["root of the first process", 'echo "$NEW" > "/proc/1/root$FILE"'],
  ["root of a thread", 'echo "$NEW" > "/proc/thread-self/root$FILE"'],
  ["relative path", 'cd "$(dirname "$FILE")" && echo "$NEW" > "./$(basename "$FILE")"'],
  ["link", 'ln -sfn "$FILE" /tmp/link; echo "$NEW" > /tmp/link; rm -f /tmp/link'],
  ["python", python("put(os.open(FILE, os.O_WRONLY))")],
  ["both ways", python("put(os.open(FILE, os.O_RDWR))")],
  [
    "own descriptor",
    python("fd = os.open(FILE, os.O_RDONLY)\nput(os.open(f'/proc/self/fd/{fd}', os.O_WRONLY))"),
  ],
  [
    "path descriptor",
    python("fd = os.open(FILE, os.O_PATH)\nput(os.open(f'/proc/self/fd/{fd}', os.O_WRONLY))"),
  ],
  [
    "thread",
    python("t = threading.Thread(target=lambda: put(os.open(FILE, os.O_WRONLY))); t.start(); t.join()"),
  ],
  ["grandchild", 'setsid bash -c \'(echo "$NEW" > "$FILE") & wait\''],
  [
    "sendfile",
    python("r, w = os.pipe(); os.write(w, NEW); os.splice(r, os.open(FILE, os.O_WRONLY), len(NEW))"),
  ],
];

const then = 'echo "$NEW" > "$FILE"';
const COVERED: readonly (readonly [string, string])[] = [
  ["mode", `chmod 666 "$FILE"; ${then}; chmod 644 "$FILE"`],
  ["writable again", `mount -o remount,rw "$MOUNT"; ${then}`],
  ["uncovered", `umount -l "$FILE"; umount -l /proc/sys; ${then}`],
  ["new namespaces", `unshare -Urpf --mount-proc bash -c '${then}'`],
  ["other root", `chroot / bash -c '${then}'`],
  ["namespaces of the first process", `nsenter -t 1 -m bash -c '${then}'`],
  [
    "mounted once more",
    `mkdir -p /tmp/again && mount -t "$TYPE" none /tmp/again && echo "$NEW" > "/tmp/again\${FILE#$MOUNT}"; umount /tmp/again; rmdir /tmp/again`,
  ],
  [
    "mounted in new namespaces",
    `mkdir -p /tmp/again; unshare -Urnpfm bash -c 'mount -t "$TYPE" none /tmp/again && echo "$NEW" > "/tmp/again\${FILE#$MOUNT}"'; rmdir /tmp/again`,
  ],
];

const SYSCTL: readonly (readonly [string, string])[] = [
  ["sysctl", 'sysctl -w "$KEY=$NEW"'],
  ["sysctl of a file", 'echo "$KEY = $NEW" > /tmp/own.conf; sysctl -p /tmp/own.conf; rm -f /tmp/own.conf'],
  ["sysctl from its input", 'echo "$KEY=$NEW" | sysctl -p -'],
  ["sysctl without rights", 'setpriv --reuid=65534 sysctl -w "$KEY=$NEW"; sysctl -q "$KEY=$NEW"'],
];

export const PROC_SYS_WAYS: readonly (readonly [string, string])[] = [...WRITERS, ...SYSCTL, ...COVERED];
export const SYS_WAYS: readonly (readonly [string, string])[] = [...WRITERS, ...COVERED];
