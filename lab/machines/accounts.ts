/** Users, groups and how they are let in, as a fresh Debian 13 with Proxmox VE has them. */
import { execFileSync } from "node:child_process";
import { pamFiles } from "./pam-files.ts";

/** Name, uid, gid, home, shell; in Debian's own numbers. */
const USERS = `daemon 1 1 /usr/sbin
bin 2 2 /bin
sys 3 3 /dev
games 5 60 /usr/games
man 6 12 /var/cache/man
lp 7 7 /var/spool/lpd
mail 8 8 /var/mail
news 9 9 /var/spool/news
uucp 10 10 /var/spool/uucp
proxy 13 13 /bin
www-data 33 33 /var/www
backup 34 34 /var/backups
list 38 38 /var/list
irc 39 39 /run/ircd
_apt 42 65534 /nonexistent
nobody 65534 65534 /nonexistent
systemd-network 998 998 /
sshd 100 65534 /run/sshd
_rpc 101 65534 /run/rpcbind
statd 102 65534 /var/lib/nfs
_chrony 103 104 /var/lib/chrony
postfix 104 105 /var/spool/postfix
messagebus 105 107 /nonexistent`;

const GROUPS =
  "daemon 1,bin 2,sys 3,adm 4,tty 5,disk 6,lp 7,mail 8,news 9,uucp 10,man 12,proxy 13,kmem 15,dialout 20,fax 21,voice 22," +
  "cdrom 24,floppy 25,tape 26,sudo 27,audio 29,dip 30,www-data 33,backup 34,operator 37,list 38,irc 39,src 40,shadow 42,utmp 43," +
  "video 44,sasl 45,plugdev 46,staff 50,games 60,users 100,systemd-journal 101,crontab 102,_ssh 103,_chrony 104,postfix 105," +
  "postdrop 106,messagebus 107,systemd-network 998,nogroup 65534";

/** Days since 1970 on which the installer set the passwords. */
const CHANGED = 20_400;

/** `password` becomes root's; without one nobody logs in as root by a password. The files of /etc, by path. */
export function accountFiles(password?: string): Record<string, string> {
  const users = USERS.split("\n").map((line) => line.split(" "));
  const shell = "/usr/sbin/nologin";
  const passwd = users.map(([name, uid, gid, home]) => `${name}:x:${uid}:${gid}:${name}:${home}:${shell}\n`);
  const shadow = users.map(([name]) => `${name}:*:${CHANGED}:0:99999:7:::\n`);
  const groups = GROUPS.split(",").map((line) => line.split(" "));
  return {
    "etc/passwd": `root:x:0:0:root:/root:/bin/bash\n${passwd.join("")}`,
    "etc/group": `root:x:0:\n${groups.map(([name, gid]) => `${name}:x:${gid}:\n`).join("")}`,
    "etc/shadow": `root:${password === undefined ? "*" : hashOf(password)}:${CHANGED}:0:99999:7:::\n${shadow.join("")}`,
    "etc/gshadow": `root:*::\n${groups.map(([name]) => `${name}:*::\n`).join("")}`,
    "etc/shells": "/bin/sh\n/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n/bin/rbash\n/bin/dash\n/usr/bin/dash\n",
    "etc/subuid": "root:100000:65536\n",
    "etc/subgid": "root:100000:65536\n",
    "etc/securetty": "",
    "etc/environment": "",
    "etc/security/access.conf": "",
    "etc/security/faillock.conf": "",
    "etc/security/limits.conf": "",
    "etc/security/pam_env.conf": "",
    "etc/sudoers": SUDOERS,
    ...pamFiles(),
  };
}

/** By the system's own crypt, as the installer does it. */
function hashOf(password: string): string {
  const program =
    'local $/; my $p = <STDIN>; my @c = ("a".."z", 0..9); print crypt $p, "\\$6\\$" . join "", map { $c[rand @c] } 1..16';
  return execFileSync("perl", ["-e", program], { input: password, encoding: "utf8" });
}

const SUDOERS = `Defaults	env_reset
Defaults	mail_badpass
Defaults	secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
Defaults	use_pty

root	ALL=(ALL:ALL) ALL
%sudo	ALL=(ALL:ALL) ALL

@includedir /etc/sudoers.d
`;
