#!/bin/sh
# enter-root.sh ROOT COMMAND...: runs a command as if the Debian tree in ROOT were the whole machine: processes, mounts,
# devices of its own; the network is the caller's. By pivot_root: inside a chroot the kernel refuses user namespaces,
# and on /proc as bubblewrap mounts it no further /proc may be mounted. All of it ends with this process.
set -eu
root=$1
shift
if [ "${MINILAB_ENTERED:-}" = "" ]; then
  exec env MINILAB_ENTERED=yes setpriv --pdeathsig KILL -- \
    unshare --mount --propagation private --pid --fork --ipc --uts --kill-child -- "$0" "$root" "$@"
fi
unset MINILAB_ENTERED
mount --bind "$root" "$root"
cd "$root"
mount -t proc proc proc
mount --rbind /sys sys
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
for device in null zero full random urandom tty; do
  : >"dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
[ ! -e /dev/fuse ] || { : >dev/fuse && mount --bind /dev/fuse dev/fuse; }
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
pivot_root . .
umount -l .
cd "$HOME"
# not by exec: the first process of a machine takes the ended orphans away, and a shell that waits does
status=0
"$@" || status=$?
exit "$status"
