#!/bin/sh
df -h
ss -tlnp
sed -i 's/^PermitRootLogin.*/PermitRootLogin yes/' /etc/ssh/sshd_config
