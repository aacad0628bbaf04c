/** Programs that run another one: where in their arguments it stands. One table, for what reads and for what has a tool. */
import { type Line, operandsAfterOptions, readTable } from "./read-rules.ts";
import { ANY, SPLIT } from "./shell-values.ts";

/** `program : its own options : words before the other program`. Options end at the first word that is none. */
const WRAPPERS = readTable(`
sudo : -nEHSi -u=W -g=W --non-interactive --user=W : 
doas : -n -u=W : 
env|busybox : -i -u=W --ignore-environment --unset=W : 
timeout : -v -k=W -s=W --signal=W --kill-after=W --foreground --preserve-status --verbose : W
nice : -# -n=N --adjustment=N : 
ionice : -t -c=N -n=N --class=E --classdata=N : 
chrt : -abfior -p=N : N
taskset : -c : W
stdbuf : -i=E -o=E -e=E --output=E --input=E --error=E : 
time : -pv -f=W : 
command : -p : 
builtin|nohup|setsid|unbuffer : -cfw : 
exec : -cl -a=W : 
xargs : -0rtx -n=N -P=N -L=N -I=W -d=W -s=N -a=F -E=W --null --no-run-if-empty --max-args=N --max-procs=N --delimiter=W --verbose : 
watch : -bcdegtx -n=N : 
strace|ltrace : -cfqtTvy -e=W -o=W -p=N -s=N -u=W : 
flock : -nsxu -w=N -E=N : W
chroot : --userspec=W : W
unshare|nsenter : -muinpUCTrfa -t=N : 
`);

export type Wrapped = { wrapper: string; own: readonly string[]; inner: string[]; settings: string[] };

/** Undefined: no wrapper, or not one that says for certain what it runs. */
export function unwrap([program = "", ...args]: readonly string[]): Wrapped | undefined {
  const line: Line | undefined = WRAPPERS.find((candidate) => candidate.program === program);
  const rest = line && operandsAfterOptions(line, args);
  if (!rest) return undefined;
  const words = line.operands.length;
  const settings: string[] = [];
  let at = words;
  while (program === "env" || program === "sudo" ? /^[A-Za-z_]\w*=/.test(rest[at] ?? "") : false)
    settings.push(rest[at++] ?? "");
  const inner = rest.slice(at);
  return { wrapper: program, own: args.slice(0, args.length - rest.length), inner, settings };
}

/** What xargs runs: with words that nobody knows. With `-I` in a cluster, twice, or beside what undoes it: anything. */
export function fed(own: readonly string[], inner: readonly string[]): string[] {
  const marked = own.filter((word) => /^-[^-]*I/.test(word));
  if (marked.length === 0) return [...inner, SPLIT];
  const at = own.indexOf(marked[0] ?? "");
  const mark = own[at]?.slice(2) || own[at + 1];
  const isValue = /^-(?:[^-]*[nPLdsaE]|-(?:max-args|max-procs|delimiter))$/.test(own[at - 1] ?? "");
  const isUndone = own.some((word) => /^-(?:[^-]*[nL]|-max-args)/.test(word));
  if (marked.length > 1 || !own[at]?.startsWith("-I") || !mark || isValue || isUndone) return [SPLIT];
  return inner.map((word) => word.replaceAll(mark, ANY));
}

/** Without the folder in which a system keeps its programs. */
export function programName(path: string): string {
  return /^\/(?:usr\/)?(?:local\/)?s?bin\/([^/]+)$/.exec(path)?.[1] ?? path;
}

/** What a shell is given to run: its text, or undefined when it is not known; null when the program is no shell. */
export function shellScript(argv: readonly string[], input: string | undefined): string | undefined | null {
  const [program = "", ...args] = argv;
  if (program === "eval") return args.join(" ");
  if (!/^(?:bash|sh|dash|ash|zsh|ksh|rbash)$/.test(program)) return null;
  let at = 0;
  let isCommand = false;
  for (; /^[-+]./.test(args[at] ?? ""); at++) {
    const arg = args[at] ?? "";
    if (arg === "--") return isCommand ? args[at + 1] : undefined;
    if (arg === "-s") return input;
    if (!/^[-+][celuxo]+$/.test(arg) && arg !== "--norc" && arg !== "--noprofile") return undefined;
    if (/^-[a-z]*c/.test(arg)) isCommand = true;
    if (/o$/.test(arg)) at++;
  }
  if (isCommand) return args[at];
  return at === args.length ? input : undefined;
}
