import { execFileSync, spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { confineArguments } from "./confine.ts";
import { commandFilter } from "./seccomp.ts";
import { processorOf } from "./system-calls.ts";

/** What a line of bash does behind the filter alone: no namespace, no other user. */
function confined(script: string, network = false) {
  const [program = "", ...args] = confineArguments("self", { network });
  const { status, stderr, stdout } = spawnSync(program, [...args, "bash", "-c", script], {
    encoding: "utf8",
  });
  return { status, said: stdout + stderr };
}

const call = (number: number | undefined, ...rest: number[]) =>
  `perl -e 'my $r = syscall(${[number, ...rest].join(",")}); print $r < 0 ? $!+0 : "done"'`;

const { numbers } = processorOf(process.arch);

test.each([
  ["keyctl", [0, -3, 0], 1],
  ["add_key", [0, 0, 0, 0, -3], 1],
  ["adjtimex", [0], 1],
  ["settimeofday", [0, 0], 1],
  ["mount", [0, 0, 0, 0, 0], 1],
  ["unshare", [0], 1],
  ["setns", [0, 0], 1],
  ["ptrace", [0, 0, 0, 0], 1],
  ["bpf", [0, 0, 0], 1],
  ["syslog", [10, 0, 0], 1],
  ["clone3", [0, 0], 38],
  ["io_uring_setup", [1, 0], 38],
  ["clone", [0x1000_0000, 0, 0, 0, 0], 1],
  ["mknodat", [-100, 0, 0o020_600, 0x103], 1],
  ["ioctl", [0, 0x5412, 0], 1],
  ["socket", [40, 1, 0], 101],
] as const)("%s is refused, whoever asks", (name, rest, errno) => {
  expect(confined(call(numbers[name], ...rest)).said).toBe(String(errno));
});

test("sockets reach this machine, and a network only where there is to be one", () => {
  const open = "python3 -c 'import socket, sys; socket.socket(int(sys.argv[1]))'";
  expect(confined(`${open} 1`).status).toBe(0);
  expect(confined(`${open} 2`)).toMatchObject({
    status: 1,
    said: expect.stringContaining("Network is unreachable"),
  });
  expect(confined(`${open} 2`, true).status).toBe(0);
  expect(confined(`${open} 38`, true).status).toBe(1);
});

test("ordinary work goes on: processes, threads, pipes, files", () => {
  const script =
    "python3 -c 'import threading, subprocess; t = threading.Thread(target=lambda: print(1)); t.start(); t.join(); " +
    'print(subprocess.run(["sh", "-c", "echo 2 | cat"], capture_output=True, text=True).stdout.strip())\'';
  expect(confined(script)).toEqual({ status: 0, said: "1\n2\n" });
});

test("each processor has a number for everything that is refused, and no other's call among them", () => {
  const size = (arch: string) => commandFilter({ network: false }, processorOf(arch)).length / 8;
  for (const arch of ["x64", "arm64", "riscv64", "loong64"]) expect(size(arch)).toBeGreaterThan(100);
  expect(() => processorOf("mips")).toThrow(/mips/);
});

test("the program is Perl without a warning, and says nothing where the filter is broken but that", () => {
  const file = `${import.meta.dirname}/confine.pl`;
  expect(spawnSync("perl", ["-wc", file], { encoding: "utf8" }).stderr).toMatch(/syntax OK\n$/);
  const prctl = String(numbers["prctl"]);
  expect(() => execFileSync("perl", [file, "self", prctl, "00", "true"], { stdio: "pipe" })).toThrow(
    /seccomp/,
  );
});
