#!/bin/sh
uptime
df -h /
cat /etc/pve/storage.cfg
