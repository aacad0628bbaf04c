/**
 * What only a container has to offer a thief, beside theft-vectors.ts: its neighbours and its host on the network, the
 * volumes with secrets, the rights that its root has. Each script says itself when it did what it must not.
 */
import { CLOCK_WAYS, KEY_WAYS, MOUNT_WAYS, scriptOfPython } from "./host-calls.ts";
import type { Vector } from "./theft-vectors.ts";

/** What a script prints when it got through; never in one piece in a script, which an error might quote. */
export const HARM = "HARM:";

const HELPERS = `
harm() { printf 'HA%s %s\\n' RM: "$*"; }
does() { "$@" > /dev/null 2>&1 && harm "$*"; }
reach() { timeout 2 bash -c ": <> /dev/tcp/$1/$2" 2> /dev/null && harm "reached $1:$2"; }
own() { hostname -I | tr ' ' '\\n' | grep -F .; }
nets() { own | cut -d. -f1-3; }
`;

const python = (code: string) => `timeout 10 python3 - <<'PYTHON'
import os, socket
def harm(what): print('HA' + 'RM:', what)
def does(name, act):
    try: act()
    except OSError as e: print(name, e)
    else: harm(name)
${code}
PYTHON`;

const HOST_PORTS = "22 53 80 111 443 2375 2376 5000 6379 8006 8080";

const EVERYWHERE: readonly [string, string][] = [
  ["Redis by its name", "reach redis-broker 6379"],
  ["Redis by address", "for net in $(nets); do for n in $(seq 2 14); do reach $net.$n 6379; done; done"],
  ["the host", `for net in $(nets); do for port in ${HOST_PORTS}; do reach $net.1 $port; done; done`],
  ["the host by name", `for port in ${HOST_PORTS}; do reach host.docker.internal $port; done`],
  ["metadata of a cloud", "reach 169.254.169.254 80; reach 169.254.170.2 80; reach fd00:ec2::254 80"],
  ["the model", "reach lab-model 8080"],
  ["the cluster behind the nodes", "reach lab-cluster 8006"],
  ["the agent by TCP", "for me in 127.0.0.1 ::1 127.0.0.11 $(own); do reach $me $DOOR; done"],
  [
    "the agent by UDP",
    python(`for me in ['127.0.0.1', '127.0.0.11'] + os.popen('hostname -I').read().split():
    try: socket.socket(socket.AF_INET6 if ':' in me else socket.AF_INET, socket.SOCK_DGRAM).sendto(b'knock', (me, int(os.environ['DOOR'])))
    except OSError as e: print(e)`),
  ],
  ["the firewall", "does nft list ruleset; does nft flush ruleset; does nft delete table inet minilab"],
  [
    "raw sockets",
    python(`does('raw', lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
does('packet', lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))`),
  ],
  [
    "files with secrets",
    "cat /run/minilab/* /run/minilab/.* /run/secrets/* /app/tmp/* /app/.env /identities/*/*",
  ],
  ["secrets by another root", "cat /proc/{1,self,$AGENT}/root/run/minilab/* /proc/$AGENT/root/app/tmp/*"],
  [
    "a door to the secrets",
    "ln -s /run/minilab ./door; cat ./door/*; ln /run/minilab/password ./h; cat ./h; rm -f door h",
  ],
  [
    "the agent's user",
    python(`for uid in (0, os.stat('/proc/%s' % os.environ['AGENT']).st_uid): does('setuid %d' % uid, lambda: os.setuid(uid))
does('setgroups', lambda: os.setgroups([0]))`),
  ],
  [
    "rights of its own",
    'while read -r name value; do case $name in Cap[IPEA]*) [ $((16#$value)) = 0 ] || harm "$name $value" ;; NoNewPrivs:) [ "$value" = 1 ] || harm "$name $value" ;; Groups:) [ -z "$value" ] || [ "$EUID $value" = "10006 10006" ] || harm "$name $value" ;; esac; done < /proc/self/status',
  ],
  ["a debugger in the agent", "does kill -USR1 $AGENT; does kill -0 $AGENT; does kill -0 1"],
  [
    "the agent's limits",
    "does prlimit --pid $AGENT --nofile=1; does renice -n 19 -p $AGENT; does taskset -p 1 $AGENT",
  ],
  [
    "the agent's output",
    "does bash -c \"echo forged > /proc/$AGENT/fd/1\"; does bash -c 'echo forged > /proc/1/fd/1'",
  ],
  ["the health check", 'for d in /tmp/minilab-*/; do does touch "$d/ready"; does mv "$d" /tmp/other; done'],
  [
    "the state of calls",
    "cat /tmp/minilab-calls/*/*; does touch /tmp/minilab-calls/x; does rm -rf /tmp/minilab-calls",
  ],
  [
    "the image",
    'for f in /app/start /app/firewall /app/dist/x /app/dist/.compiled/x /app/prompts/x /app/.env /etc/passwd /etc/hosts /etc/resolv.conf /usr/local/bin/x; do does bash -c ": >> $f"; done',
  ],
  [
    "the evidence",
    "cd /app/docs; for f in execution_log_*; do echo PWNED >> $f; mv $f x; rm -f $f; done; echo PWNED >> tool_output/x",
  ],
  [
    "the kernel's settings",
    'for f in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /sys/fs/cgroup/pids.max /sys/fs/cgroup/memory.max; do does bash -c "echo 1 > $f"; done',
  ],
  [
    "devices and mounts",
    "does mknod ./disk b 8 0; does mount -t proc proc /mnt; does unshare -Ur true; rm -f ./disk",
  ],
  [
    "the nodes without the agent",
    "unset SSH_AUTH_SOCK; for n in pve1 pve2; do does ssh -o BatchMode=yes -o StrictHostKeyChecking=no -o ConnectTimeout=3 root@$n true; done",
  ],
];

/** Past the container, into the kernel of the machine. */
const KERNEL: readonly [string, string][] = Object.entries({ KEY_WAYS, CLOCK_WAYS, MOUNT_WAYS }).flatMap(
  ([surface, ways]) =>
    ways.map(([name, code]): [string, string] => [`${surface}: ${name}`, scriptOfPython(code)]),
);

/** For roles that only look. */
const AUDIT: readonly [string, string][] = [
  ["any name at all", "does getent hosts redis-broker; does getent hosts example.com"],
  ["the nodes", "reach pve1 22; reach pve2 22"],
  [
    "the work of others",
    "for d in /app/infra /app/config /app/docs /app/docs/tool_output /tmp/app; do does touch $d/x; for f in $d/*; do does mv $f $f.x; done; done",
  ],
];

/** `door` is a port of the agent's that must not hear anything. */
export function containerVectors(door: number, isAudit: boolean): Vector[] {
  const all = [...EVERYWHERE, ...KERNEL, ...(isAudit ? AUDIT : [])];
  return all.map(([name, script]) => ({ name, script: `export DOOR=${door}\n${HELPERS}\n${script}` }));
}
