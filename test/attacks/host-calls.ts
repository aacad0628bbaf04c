/**
 * Ways to reach keys, clock, devices, mounts and other processes of the machine, as scripts of Python. VICTIM is a
 * process of the machine. `asks(...)` is a system call of the kernel that every sandbox shares: it did harm when the
 * kernel did not refuse it, whatever came of it; each is harmless by its arguments (nothing to mount, the time that it
 * is, no such file). Long because it is a list.
 */
import { arch } from "node:os";
import { processorOf } from "../../agents/host/commands/system-calls.ts";

type Ways = readonly (readonly [string, string])[];

const { numbers } = processorOf(arch());

/** A refusal is an error that says: not you, not here, nobody of that number. */
const HELPERS = `
import ctypes, errno, fcntl, os, signal, socket, stat, struct, subprocess, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
NUMBERS = ${JSON.stringify(numbers)}
REFUSED = (errno.EPERM, errno.EACCES, errno.ENOSYS, errno.ESRCH, errno.EROFS, errno.ENETUNREACH, errno.EAFNOSUPPORT)
VICTIM = int(os.environ.get('VICTIM', '0'))
def harm(what): print('HA' + 'RM:', what, flush=True)
def asks(name, *arguments):
    ctypes.set_errno(0)
    given = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = libc.syscall(ctypes.c_long(NUMBERS[name]), *given)
    if result >= 0 or ctypes.get_errno() not in REFUSED: harm(f'{name} {result} {ctypes.get_errno()}')
    return result
def does(name, act):
    try: act()
    except OSError as e:
        if e.errno not in REFUSED + (errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.EBUSY, errno.EIO): harm(f'{name} {e}')
    else: harm(name)
def opens(path, flags):
    file = os.open(path, flags)
    try:
        # a plain file under the name of a device: nothing of the machine is behind it
        if stat.S_ISREG(os.fstat(file).st_mode): raise OSError(errno.ENOENT, path)
    finally: os.close(file)
def runs(*command):
    if subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0: harm(' '.join(command))
def now(unit=1):
    t = time.time_ns(); return struct.pack('qq', t // 10**9, t % 10**9 // unit)
`;

export function scriptOfPython(code: string): string {
  return `timeout 15 python3 - <<'PYTHON'\n${HELPERS}\n${code}\nPYTHON`;
}

const [THREAD, PROCESS, SESSION, USER, USER_SESSION] = [-1, -2, -3, -4, -5];
const newKey = (ring: number) =>
  `k = asks('add_key', b'user', b'minilab-attack', b'x', 1, ${ring}); k > 0 and libc.syscall(NUMBERS['keyctl'], 21, k, ${ring})`;

export const KEY_WAYS: Ways = [
  ["new key of the thread", newKey(THREAD)],
  ["new key of the process", newKey(PROCESS)],
  ["new key of the session", newKey(SESSION)],
  ["new key of the user", newKey(USER)],
  ["new key of the user's session", newKey(USER_SESSION)],
  ["name of the session", `asks('keyctl', 0, ${SESSION}, 0)`],
  ["name of the user's keys", `asks('keyctl', 0, ${USER}, 1)`],
  ["a session of its own", "asks('keyctl', 1, 0)"],
  ["a session by its name", "asks('keyctl', 1, b'minilab-attack')"],
  ["description of the session", `asks('keyctl', 6, ${SESSION}, None, 0)`],
  ["keys of the session", `asks('keyctl', 11, ${SESSION}, None, 0)`],
  ["keys of the user", `asks('keyctl', 11, ${USER}, None, 0)`],
  ["search in the session", `asks('keyctl', 10, ${SESSION}, b'user', b'minilab-no-such', 0)`],
  ["request of a key", "asks('request_key', b'user', b'minilab-no-such', None, 0)"],
  ["security of the session", `asks('keyctl', 17, ${SESSION}, None, 0)`],
  [
    "from a thread",
    `t = threading.Thread(target=lambda: asks('keyctl', 0, ${SESSION}, 0)); t.start(); t.join()`,
  ],
  ["from a grandchild", `os.fork() or os.setsid() or asks('keyctl', 0, ${SESSION}, 0); time.sleep(0.1)`],
  [
    "list of all keys",
    "does('/proc/keys', lambda: open('/proc/keys').read(1) or os.stat('/proc/nonexistent'))",
  ],
];

export const CLOCK_WAYS: Ways = [
  ["clock_settime", "asks('clock_settime', 0, now())"],
  ["settimeofday", "asks('settimeofday', now(1000), None)"],
  ["time zone of the kernel", "asks('settimeofday', None, struct.pack('ii', 0, 0))"],
  ["adjtimex: status", "b = ctypes.create_string_buffer(256); asks('adjtimex', b)"],
  ["adjtimex: offset", "b = ctypes.create_string_buffer(256); b[0] = 1; asks('adjtimex', b)"],
  ["clock_adjtime", "b = ctypes.create_string_buffer(256); b[0] = 1; asks('clock_adjtime', 0, b)"],
  ["by Python", "does('clock_settime', lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()))"],
  ["in nanoseconds", "does('ns', lambda: time.clock_settime_ns(time.CLOCK_REALTIME, time.time_ns()))"],
  ["by the C library", "b = now(); does('libc', lambda: libc.clock_settime(0, b) and os.kill(1 << 22, 0))"],
  [
    "by adjtime",
    "b = struct.pack('qq', 0, 0); does('adjtime', lambda: libc.adjtime(b, None) and os.kill(1 << 22, 0))",
  ],
  ["date", "runs('date', '-s', '@' + str(time.time()))"],
  ["date of a shell", "runs('bash', '-c', 'date -s @$(date +%s.%N)')"],
  ["date of a daemon", "runs('setsid', '-w', 'date', '-s', '@' + str(time.time()))"],
  ["date by its loader", "runs('bash', '-c', '/lib*/ld-linux*.so.* /usr/bin/date -s @$(date +%s.%N)')"],
  ["date with asked rights", "runs('setpriv', '--no-new-privs', 'date', '-s', '@' + str(time.time()))"],
  [
    "perl",
    "t = time.time_ns(); n = NUMBERS['clock_settime']\nruns('perl', '-e', f'my $now = pack(\"qq\", {t // 10**9}, {t % 10**9}); exit(syscall({n}, 0, $now) != 0)')",
  ],
  [
    "from a thread",
    "t = threading.Thread(target=lambda: asks('clock_settime', 0, now())); t.start(); t.join()",
  ],
];

const makes = (kind: "CHR" | "BLK", major: number, minor: number) => `
path = f'/tmp/minilab-device-{os.getpid()}'
does('mknod', lambda: os.mknod(path, stat.S_IF${kind} | 0o600, os.makedev(${major}, ${minor})))
try: os.unlink(path)
except OSError: pass`;
const opens = (path: string, flags = "os.O_RDONLY | os.O_NONBLOCK") =>
  `does('${path}', lambda: opens('${path}', ${flags}))`;

export const DEVICE_WAYS: Ways = [
  ["new: memory", makes("CHR", 1, 1)],
  ["new: ports", makes("CHR", 1, 4)],
  ["new: kernel log", makes("CHR", 1, 11)],
  ["new: null", makes("CHR", 1, 3)],
  ["new: console", makes("CHR", 5, 1)],
  ["new: terminal", makes("CHR", 4, 1)],
  ["new: loop control", makes("CHR", 10, 237)],
  ["new: network tunnel", makes("CHR", 10, 200)],
  ["new: virtual machines", makes("CHR", 10, 232)],
  ["new: file systems of users", makes("CHR", 10, 229)],
  ["new: watchdog", makes("CHR", 10, 130)],
  ["new: loop disk", makes("BLK", 7, 0)],
  ["new: SCSI disk", makes("BLK", 8, 0)],
  ["new: virtual disk", makes("BLK", 254, 0)],
  [
    "new, by its number",
    "path = b'/tmp/minilab-number'; asks('mknodat', -100, path, 0o020600, 0x103) == 0 and os.unlink(path)",
  ],
  ["kernel log", opens("/dev/kmsg", "os.O_WRONLY")],
  ["loop control", opens("/dev/loop-control")],
  ["loop disk", opens("/dev/loop0")],
  ["virtual machines", opens("/dev/kvm")],
  ["network tunnel", opens("/dev/net/tun")],
  ["first terminal", opens("/dev/tty1")],
  ["what is on the screen", opens("/dev/vcs")],
  ["the hypervisor", "does('vsock', lambda: socket.socket(40, socket.SOCK_STREAM))"],
  ["hidden by the kernel's log", "asks('syslog', 10, None, 0)"],
];

const newNamespace = (flag: number) =>
  `pid = os.fork()\nif pid == 0:\n    asks('unshare', ${flag}); os._exit(0)\nos.waitpid(pid, 0)`;

/** Nobody can make anything in /proc: what is let through still finds nothing to change. */
export const MOUNT_WAYS: Ways = [
  ["mount", "asks('mount', b'none', b'/proc/nonexistent', b'tmpfs', 0, None)"],
  ["bind", "asks('mount', b'/', b'/proc/nonexistent', None, 4096, None)"],
  ["remount", "asks('mount', None, b'/proc/nonexistent', None, 32 | 4096, None)"],
  ["unmount", "asks('umount2', b'/proc/nonexistent', 0)"],
  ["unmount of what covers", "asks('umount2', b'/proc/nonexistent/proc/sys', 2)"],
  ["pivot", "asks('pivot_root', b'/proc/nonexistent', b'/proc/nonexistent')"],
  ["new file system", "asks('fsopen', b'minilab-no-such', 0)"],
  ["settings of a file system", "asks('fsconfig', -1, 0, None, None, 0)"],
  ["copy of a tree", "asks('open_tree', -100, b'/proc/nonexistent', 1)"],
  ["moved mount", "asks('move_mount', -1, b'', -1, b'', 4)"],
  ["attributes of a mount", "asks('mount_setattr', -1, b'', 0x1000, None, 0)"],
  ["new mounts", newNamespace(0x0002_0000)],
  ["new user", newNamespace(0x1000_0000)],
  ["new network", newNamespace(0x4000_0000)],
  ["new processes", newNamespace(0x2000_0000)],
  ["new name", newNamespace(0x0400_0000)],
  ["clone with a user", "pid = asks('clone', 0x10000000 | 17, 0, 0, 0, 0)\nif pid == 0: os._exit(0)"],
  ["other namespace", "asks('setns', -1, 0)"],
  ["by programs", "runs('unshare', '-Urm', 'true')"],
  ["by a handle", "asks('open_by_handle_at', -1, None, 0)"],
  ["quotas", "asks('quotactl', 0x800001 << 8, None, 0, None)"],
  ["swap", "asks('swapoff', b'/proc/nonexistent')"],
  ["name of the machine", "n = os.uname().nodename.encode(); asks('sethostname', n, len(n))"],
];

const reads = (name: string) =>
  `does('/proc/VICTIM/${name}', lambda: open(f'/proc/{VICTIM}/${name}', 'rb').read(1))`;

export const PROCESS_WAYS: Ways = [
  ["signal", "does('kill', lambda: os.kill(VICTIM, signal.SIGCONT))"],
  ["no signal at all", "does('kill', lambda: os.kill(VICTIM, 0))"],
  ["end", "does('kill', lambda: os.kill(VICTIM, signal.SIGKILL))"],
  ["stop", "does('kill', lambda: os.kill(VICTIM, signal.SIGSTOP))"],
  ["signal of a program", "runs('bash', '-c', f'kill -CONT {VICTIM}')"],
  [
    "signal by a descriptor",
    "does('pidfd', lambda: signal.pidfd_send_signal(os.pidfd_open(VICTIM), signal.SIGCONT))",
  ],
  ["trace", "asks('ptrace', 0x4206, VICTIM, 0, 0)"],
  ["attach", "asks('ptrace', 16, VICTIM, 0, 0)"],
  ["read its memory", "asks('process_vm_readv', VICTIM, None, 0, None, 0, 0)"],
  ["write its memory", "asks('process_vm_writev', VICTIM, None, 0, None, 0, 0)"],
  ["compare", "asks('kcmp', VICTIM, VICTIM, 0, 0, 0)"],
  ["take a descriptor", "asks('pidfd_getfd', -1, 0, 0)"],
  ["move its memory", "asks('move_pages', VICTIM, 0, None, None, None, 0)"],
  ["advise its memory", "asks('process_madvise', -1, None, 0, 20, 0)"],
  ["environment", reads("environ")],
  ["maps", reads("maps")],
  ["file of memory", "does('mem', lambda: os.close(os.open(f'/proc/{VICTIM}/mem', os.O_RDWR)))"],
  ["file that it runs", reads("exe")],
  ["descriptors", "does('fd', lambda: os.listdir(f'/proc/{VICTIM}/fd'))"],
  ["folder", "does('cwd', lambda: os.listdir(f'/proc/{VICTIM}/cwd'))"],
  ["root", "does('root', lambda: os.listdir(f'/proc/{VICTIM}/root'))"],
  [
    "end when memory is short",
    "does('oom', lambda: os.write(os.open(f'/proc/{VICTIM}/oom_score_adj', os.O_WRONLY), b'1000'))",
  ],
  ["limits", "runs('prlimit', '--pid', str(VICTIM), '--core=0')"],
  ["priority", "does('nice', lambda: os.setpriority(os.PRIO_PROCESS, VICTIM, 5))"],
  ["processors", "does('affinity', lambda: os.sched_setaffinity(VICTIM, os.sched_getaffinity(0)))"],
  ["sampling", "asks('perf_event_open', None, VICTIM, -1, -1, 0)"],
  ["programs in the kernel", "asks('bpf', 0, None, 0)"],
];
