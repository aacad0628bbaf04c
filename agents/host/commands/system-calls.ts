/**
 * The system calls that no command and no node of the lab may make, by name, and their numbers on each kind of
 * processor: what reaches past namespaces and users into the kernel that all of them share.
 */
import { AppError } from "../../base/errors.ts";

/** Refused whatever their arguments are. */
const REFUSED = [
  "keyctl add_key request_key", // keys of the kernel, the session's of whoever started this included
  "settimeofday clock_settime adjtimex clock_adjtime", // the clock
  "mount umount2 pivot_root open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr open_tree_attr", // mounts
  "unshare setns", // namespaces, in which more would be allowed
  "ptrace process_vm_readv process_vm_writev process_madvise pidfd_getfd kcmp migrate_pages move_pages", // other processes
  "open_by_handle_at fanotify_init quotactl quotactl_fd acct swapon swapoff", // file systems as a whole
  "init_module finit_module delete_module kexec_load kexec_file_load reboot syslog vhangup", // the kernel
  "bpf perf_event_open userfaultfd lookup_dcookie nfsservctl iopl ioperm modify_ldt uselib _sysctl",
  "sethostname setdomainname",
].flatMap((line) => line.split(" "));

/** Said to be unknown, so that libraries fall back to what a filter can look into. */
const UNKNOWN = ["clone3", "io_uring_setup", "io_uring_enter", "io_uring_register"];

/** The same on every processor. */
const COMMON = {
  ...{ io_uring_setup: 425, io_uring_enter: 426, io_uring_register: 427 },
  ...{ open_tree: 428, move_mount: 429, fsopen: 430, fsconfig: 431, fsmount: 432, fspick: 433 },
  ...{
    pidfd_open: 434,
    clone3: 435,
    pidfd_getfd: 438,
    process_madvise: 440,
    mount_setattr: 442,
    quotactl_fd: 443,
  },
  open_tree_attr: 467,
};

const X64 = {
  ...{
    ioctl: 16,
    socket: 41,
    connect: 42,
    sendmsg: 46,
    recvmsg: 47,
    clone: 56,
    ptrace: 101,
    syslog: 103,
    mknod: 133,
    uselib: 134,
    vhangup: 153,
  },
  ...{ modify_ldt: 154, pivot_root: 155, _sysctl: 156, prctl: 157, adjtimex: 159, acct: 163 },
  ...{ settimeofday: 164, mount: 165, umount2: 166, swapon: 167, swapoff: 168, reboot: 169 },
  ...{ sethostname: 170, setdomainname: 171, iopl: 172, ioperm: 173, init_module: 175, delete_module: 176 },
  ...{ quotactl: 179, nfsservctl: 180, lookup_dcookie: 212, clock_settime: 227, kexec_load: 246 },
  ...{ add_key: 248, request_key: 249, keyctl: 250, migrate_pages: 256, mknodat: 259, unshare: 272 },
  ...{ move_pages: 279, perf_event_open: 298, fanotify_init: 300, open_by_handle_at: 304 },
  ...{ clock_adjtime: 305, setns: 308, process_vm_readv: 310, process_vm_writev: 311, kcmp: 312 },
  ...{ finit_module: 313, seccomp: 317, kexec_file_load: 320, bpf: 321, userfaultfd: 323, ...COMMON },
};

/** Of arm64, and of what came after it. */
const GENERIC = {
  ...{ lookup_dcookie: 18, ioctl: 29, mknodat: 33, umount2: 39, mount: 40, pivot_root: 41, nfsservctl: 42 },
  ...{ vhangup: 58, quotactl: 60, acct: 89, unshare: 97, kexec_load: 104, init_module: 105 },
  ...{ delete_module: 106, clock_settime: 112, syslog: 116, ptrace: 117, reboot: 142, sethostname: 161 },
  ...{
    setdomainname: 162,
    prctl: 167,
    settimeofday: 170,
    adjtimex: 171,
    socket: 198,
    connect: 203,
    sendmsg: 211,
    recvmsg: 212,
    add_key: 217,
  },
  ...{ request_key: 218, keyctl: 219, clone: 220, swapon: 224, swapoff: 225, migrate_pages: 238 },
  ...{ move_pages: 239, perf_event_open: 241, fanotify_init: 262, open_by_handle_at: 265 },
  ...{ clock_adjtime: 266, setns: 268, process_vm_readv: 270, process_vm_writev: 271, kcmp: 272 },
  ...{ finit_module: 273, seccomp: 277, bpf: 280, userfaultfd: 282, kexec_file_load: 294, ...COMMON },
};

export type Processor = {
  /** AUDIT_ARCH_*: as the kernel names whose system call it is. */
  audit: number;
  numbers: Readonly<Record<string, number>>;
  refused: readonly number[];
  unknown: readonly number[];
};

const PROCESSORS: Readonly<Record<string, Pick<Processor, "audit" | "numbers">>> = {
  x64: { audit: 0xc000_003e, numbers: X64 },
  arm64: { audit: 0xc000_00b7, numbers: GENERIC },
  riscv64: { audit: 0xc000_00f3, numbers: GENERIC },
  loong64: { audit: 0xc000_0102, numbers: GENERIC },
};

/** `arch` as Node names it. AppError `missing_requirement` for one whose numbers are not known. */
export function processorOf(arch: string): Processor {
  const found = PROCESSORS[arch];
  if (!found)
    throw new AppError("missing_requirement", `Commands cannot be confined on the processor ${arch}.`);
  const numbersOf = (names: readonly string[]) => names.flatMap((name) => found.numbers[name] ?? []);
  return { ...found, refused: numbersOf(REFUSED), unknown: numbersOf(UNKNOWN) };
}
