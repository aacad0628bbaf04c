/** What is called reading is run by real bash in a throw-away sandbox, which must be afterwards what it was before. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { classifyShell } from "./effects.ts";
import { linesByProgram } from "./read-lines.ts";
import { GENERAL_PROGRAMS, PROXMOX_PROGRAMS } from "./read-programs.ts";
import { type Line, readTable } from "./read-rules.ts";

/** These wait for what does not come. */
const ENDLESS = /^(?:sleep|top|vmstat|iostat|mpstat|pidstat|sar|wait|read|yes|free|arcstat|systemd-cgtop)$/;
/** Reading over the network is what these are for. */
const NETWORK =
  /^(?:kubectl|etcdctl|crictl|docker|podman|helm|showmount|tcpdump|ping6?|arping|trace.*|mtr|dig|host|nslookup|nc|ncat|netcat|ssh-.*|getent|ntpq|chronyc|resolvectl)$/;
/** Locks and caches that readers keep for themselves. */
const OWN_RECORDS = /^run\/(?:xtables\.lock|lock|blkid)(?:\/|$)/;
/** Others at each run. */
const RUNS = 80;
const FOLDERS = ["/tmp", "/root", "/run", "/var/tmp", "/mnt/box"];

let box: string;
beforeAll(() => {
  box = mkdtempSync(join(tmpdir(), "minilab-reading-"));
  for (const folder of FOLDERS) mkdirSync(join(box, folder), { recursive: true });
  for (const name of ["a.txt", "b.txt"]) writeFileSync(join(box, "mnt/box", name), "b 2\na 1\n");
});
afterAll(() => rmSync(box, { recursive: true, force: true }));

const exists = new Map<string, boolean>();
function isHere(program: string): boolean {
  const known = exists.get(program);
  if (known !== undefined) return known;
  const found = spawnSync("bash", ["-c", 'command -v -- "$1" >/dev/null', "-", program]).status === 0;
  exists.set(program, found);
  return found;
}

/** Values of each kind of the tables, and some that no kind takes. */
const VALUES = [
  "a.txt",
  "b.txt",
  "/etc/hostname",
  "1",
  "2",
  "root",
  "c.txt",
  "-o",
  "-oc.txt",
  "x=1",
  "{}",
  "%n",
];
const REDIRECTIONS = [
  "",
  "",
  " 2>/dev/null",
  " >/dev/null",
  " 2>&1",
  " < a.txt",
  " > c.txt",
  " &> /dev/null",
];

function lineArbitrary(line: Line): fc.Arbitrary<string> {
  const options = line.source.options.filter((token) => token !== "free").map(optionText);
  const words = line.words.map((list) => fc.constantFrom(...list));
  const chosen =
    options.length === 0 ? fc.constant([]) : fc.array(fc.constantFrom(...options), { maxLength: 3 });
  return fc
    .tuple(fc.tuple(...words), chosen, fc.array(fc.constantFrom(...VALUES), { maxLength: 3 }))
    .map(([verbs, flags, values]) => [line.program, ...verbs, ...flags, ...values].join(" "));
}

function optionText(token: string): string {
  const bare = token.replace(/^!/, "").replace(/^=/, "");
  const [name = "", kind] = bare.split("=");
  if (kind === undefined) return name;
  return `${name.replace(/\?$/, "")}${name.startsWith("--") ? "=" : " "}${/[|]/.test(kind) ? kind.split("|")[0] : "1"}`;
}

const COMBINED: readonly ((a: string, b: string) => string)[] = [
  (a) => a,
  (a, b) => `${a}; ${b}`,
  (a, b) => `${a} | ${b}`,
  (a, b) => `${a} && ${b}`,
  (a, b) => `for f in a.txt b.txt; do ${a} "$f"; ${b}; done`,
  (a, b) => `if ${a}; then ${b}; fi`,
  (a) => `echo "$(${a})"`,
  (a) => `timeout 5 bash -c '${a}'`,
  (a) => `find . -name '*.txt' -exec ${a} {} \\;`,
  (a) => `echo c.txt | xargs ${a}`,
  (a) => `x=a.txt; ${a} $x`,
  (a, b) => `cat <(${a}) | ( ${b} )`,
];

function run(line: string) {
  const script = `bash -o pipefail -c "$1" </dev/null >/dev/null 2>&1; code=$?
for try in {1..140}; do # a process substitution ends by itself, later where the machine is busy
  left=
  for p in /proc/[0-9]*; do [ "$p" = /proc/1 ] || [ "$p" = "/proc/$$" ] || [ ! -d "$p" ] || left="left $p"; done
  [ -n "$left" ] || break
  sleep 0.05
done
echo "$left"
cat /proc/net/dev | tail -n +3; cat /proc/net/tcp | tail -n +2; exit $code`;
  const binds = FOLDERS.flatMap((folder) => ["--bind", join(box, folder), folder]);
  const isolation = [
    "--unshare-all",
    "--die-with-parent",
    "--ro-bind",
    "/",
    "/",
    "--dev",
    "/dev",
    "--proc",
    "/proc",
  ];
  const argv = [
    ...isolation,
    "--tmpfs",
    "/mnt",
    ...binds,
    "--chdir",
    "/mnt/box",
    "--setenv",
    "HOME",
    "/root",
  ];
  return spawnSync("bwrap", [...argv, "bash", "-c", script, "-", line], {
    encoding: "utf8",
    timeout: 20_000,
  });
}

function picture(): string {
  const names = readdirSync(box, { recursive: true })
    .map(String)
    .sort()
    .filter((name) => !OWN_RECORDS.test(name));
  const states = names.map((name) => {
    const found = statSync(join(box, name));
    const text = found.isFile() ? `${found.mtimeMs} ${readFileSync(join(box, name), "latin1")}` : "";
    return `${name} ${found.mode} ${text}`;
  });
  return states.join("\n");
}

const TABLE = `${GENERAL_PROGRAMS}\n${PROXMOX_PROGRAMS}`;
const READING_LINES = readTable(TABLE);

test("each line of the tables is found by its program, in order", () => {
  const linesOf = linesByProgram(TABLE);
  const plain = (lines: readonly Line[]) =>
    lines.map(({ program, words, source }) => ({ program, words, source }));
  for (const [program, lines] of Map.groupBy(READING_LINES, (line) => line.program))
    expect(plain(linesOf(program))).toEqual(plain(lines));
  expect(linesOf("no-such-program")).toEqual([]);
});

test("a line that is called reading leaves files, processes and network as they were", () => {
  execFileSync("bwrap", ["--version"]); // apt-get install bubblewrap
  const lines = READING_LINES.filter(
    ({ program }) => !ENDLESS.test(program) && !NETWORK.test(program) && isHere(program),
  );
  expect(lines.length).toBeGreaterThan(60);
  const command = fc
    .tuple(fc.constantFrom(...lines).chain(lineArbitrary), fc.constantFrom(...REDIRECTIONS))
    .map((parts) => parts.join(""));
  const line = fc
    .tuple(command, command, fc.constantFrom(...COMBINED))
    .map(([first, second, combine]) => combine(first, second))
    .filter((text) => classifyShell(text).effect === "read");
  const quiet = run("true").stdout;
  const seed = Date.now() % 2 ** 31;
  console.info(`seed ${seed}`);
  let counted = 0;
  fc.assert(
    fc.property(line, (text) => {
      const before = picture();
      const { status, stdout } = run(text);
      expect(picture(), text).toBe(before);
      if (status === 0) {
        counted++;
        expect(stdout, text).toBe(quiet);
      }
    }),
    { seed, numRuns: RUNS, endOnFailure: true },
  );
  expect(counted).toBeGreaterThan(RUNS / 5);
}, 300_000);

test("the sandbox would show a file, and a process", () => {
  const before = picture();
  run("echo x > c.txt");
  expect(picture()).not.toBe(before);
  rmSync(join(box, "mnt/box/c.txt"));
  expect(run("setsid sleep 60 & true").stdout).toContain("left");
});
