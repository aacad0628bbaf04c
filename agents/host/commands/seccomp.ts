/**
 * The filter that the kernel asks about each system call of a command (seccomp), as the bytes that it takes. What is
 * not for commands fails with an error; programs for another processor, whose numbers mean other calls, are ended.
 */
import { arch } from "node:os";
import { type Processor, processorOf } from "./system-calls.ts";

export type FilterOptions = {
  /** False: sockets of this machine only, none that could reach a network, not even loopback. */
  network: boolean;
};

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

/** Operations of the classic BPF machine. */
const [LOAD, AND, IF_EQUAL, IF_AT_LEAST, IF_SET, RETURN] = [0x20, 0x54, 0x15, 0x35, 0x45, 0x06];
/** Where the kernel puts them; arguments are 64 bits each, of which the lower half is looked at. */
const [NUMBER_AT, AUDIT_AT, ARGUMENTS_AT] = [0, 4, 16];
const [ALLOW, ASK, FAIL, KILL] = [0x7fff_0000, 0x7fc0_0000, 0x0005_0000, 0x8000_0000];
const [EPERM, ENOSYS, ENETUNREACH] = [1, 38, 101];

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NEW_NAMESPACES = 0x7e02_0000;
/** TIOCSTI types into the operator's terminal, TIOCLINUX pastes there. */
const TERMINAL_INPUT = [0x5412, 0x541c];
const [FILE_TYPE, CHARACTER_DEVICE, BLOCK_DEVICE] = [0o170_000, 0o020_000, 0o060_000];
const [UNIX, INET, INET6, NETLINK] = [1, 2, 10, 16];
/** Numbers of x32, which are other names for the same calls. */
const X32 = 0x4000_0000;

/** AppError `missing_requirement` on a processor whose system calls are not known. */
export function commandFilter(
  { network }: FilterOptions,
  processor: Processor = processorOf(arch()),
): Buffer {
  const { audit, numbers, refused, unknown } = processor;
  const families = network ? [UNIX, INET, INET6, NETLINK] : [UNIX];
  return encode([
    [LOAD, 0, 0, AUDIT_AT],
    [IF_EQUAL, 1, 0, audit],
    [RETURN, 0, 0, KILL],
    [LOAD, 0, 0, NUMBER_AT],
    [IF_AT_LEAST, 0, 1, X32],
    fail(ENOSYS),
    ...refused.flatMap((number) => onCall(number, [fail(EPERM)])),
    ...unknown.flatMap((number) => onCall(number, [fail(ENOSYS)])),
    ...onCall(numbers["clone"], [argument(0), [IF_SET, 0, 1, NEW_NAMESPACES], fail(EPERM), allow()]),
    ...onCall(numbers["ioctl"], [argument(1), ...TERMINAL_INPUT.flatMap(refuseValue), allow()]),
    ...onCall(numbers["mknod"], refuseDevices(1)),
    ...onCall(numbers["mknodat"], refuseDevices(2)),
    ...onCall(numbers["socket"], [argument(0), ...families.flatMap(allowValue), fail(ENETUNREACH)]),
    allow(),
  ]);
}

/** Says nothing about any call but connect(2): of that somebody is asked, and the filters of others still hold. */
export function askOnConnect({ audit, numbers }: Processor = processorOf(arch())): Buffer {
  return encode([
    [LOAD, 0, 0, AUDIT_AT],
    [IF_EQUAL, 1, 0, audit],
    allow(),
    [LOAD, 0, 0, NUMBER_AT],
    ...onCall(numbers["connect"], [[RETURN, 0, 0, ASK]]),
    allow(),
  ]);
}

/** The rest when the call has this number; it ends with a verdict, for it uses up what is loaded. */
function onCall(number: number | undefined, rest: readonly Instruction[]): Instruction[] {
  return number === undefined ? [] : [[IF_EQUAL, 0, rest.length, number], ...rest];
}

function refuseDevices(modeArgument: number): Instruction[] {
  const types = [CHARACTER_DEVICE, BLOCK_DEVICE].flatMap(refuseValue);
  return [argument(modeArgument), [AND, 0, 0, FILE_TYPE], ...types, allow()];
}

function refuseValue(value: number): Instruction[] {
  return [[IF_EQUAL, 0, 1, value], fail(EPERM)];
}

function allowValue(value: number): Instruction[] {
  return [[IF_EQUAL, 0, 1, value], allow()];
}

function argument(index: number): Instruction {
  return [LOAD, 0, 0, ARGUMENTS_AT + 8 * index];
}

function fail(errno: number): Instruction {
  return [RETURN, 0, 0, FAIL | errno];
}

function allow(): Instruction {
  return [RETURN, 0, 0, ALLOW];
}

/** Each processor here has its low byte first. */
function encode(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code, ifTrue, ifFalse, value]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4);
  }
  return bytes;
}
