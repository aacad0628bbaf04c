#!/bin/sh
# update-initramfs of a node: says what it says on Debian, and marks the image as made anew. Nothing boots from it.
set -e
action= version=
while [ $# -gt 0 ]; do
    case "$1" in
        -u|-c|-d) action=$1 ;;
        -v) ;;
        -k) version=$2; shift ;;
        *) echo "lab: 'update-initramfs $1' is not simulated" >&2; exit 69 ;;
    esac
    shift
done
[ -n "$action" ] || { echo 'You must specify at least one of -c, -u, or -d.' >&2; exit 1; }
case "$version" in ''|all) set -- /boot/vmlinuz-* ;; *) set -- "/boot/vmlinuz-$version" ;; esac
for kernel do
    image=/boot/initrd.img-${kernel#/boot/vmlinuz-}
    [ -e "$kernel" ] || { echo "${kernel#/boot/vmlinuz-} is not a kernel of this node" >&2; exit 1; }
    if [ "$action" = -d ]; then echo "update-initramfs: Deleting $image"; rm -f "$image"; continue; fi
    echo "update-initramfs: Generating $image"
    touch "$image"
    echo "Running hook script 'zz-proxmox-boot'.."
    echo "Re-executing '/etc/kernel/postinst.d/zz-proxmox-boot' in new private mount namespace.."
    echo 'No /etc/kernel/proxmox-boot-uuids found, skipping ESP sync.'
done
