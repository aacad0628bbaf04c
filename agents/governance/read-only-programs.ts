/**
 * Which programs, with which arguments, change nothing on a node. A list of what is known to be harmless:
 * whatever is missing here needs a grant. To add one, know its options: many readers can also write.
 */

/** "any": harmless whatever its arguments are, also when bash expands them. */
export type ArgumentRule = "any" | ((args: string[]) => boolean);

/** Rest of the line is a command of its own, after so many words. Undefined: not a wrapper, or not a plain one. */
export function wrappedCommand(program: string, args: string[]): number | undefined {
  if (program === "sudo") return args[0] === "-n" ? 1 : 0;
  if (program === "timeout") return /^\d+[smh]?$/.test(args[0] ?? "") ? 1 : undefined;
  return undefined;
}

const ANY =
  "basename cat cd cmp comm cut df diff dirname du echo egrep exit expr false fgrep free getent grep groups head id " +
  "jq ls lscpu lsmod md5sum nl nproc paste pgrep printenv ps pwd readlink realpath rev seq set sha256sum " +
  "sleep stat tac tail tr true uname uptime vmstat w wc who whoami zcat zgrep";

/** Every argument is an option of this form or does not start with a dash. */
const options = (allowed: RegExp) => (args: string[]) =>
  args.every((arg) => !arg.startsWith("-") || allowed.test(arg));
/** Every argument has this form. */
const only = (allowed: RegExp) => (args: string[]) => args.every((arg) => allowed.test(arg));
/** The first arguments are one of these phrases; what follows changes nothing when its options are `allowed`. */
const phrases = (list: string, allowed = /^-/) => {
  const known = list.split(",").map((phrase) => phrase.trim().split(" "));
  return (args: string[]) =>
    options(allowed)(args) && known.some((words) => words.every((word, index) => args[index] === word));
};

const SHOW_WORDS = /^(?:show|list|ls|lst)$/;
const IP_OPTION =
  /^-(?:4|6|br(?:ief)?|j(?:son)?|p(?:retty)?|s(?:tat(?:istic)?s)?|d(?:etails)?|o(?:neline)?|c(?:olor)?)$/;
const IP_OBJECT = /^(?:a|addr|address|l|link|r|route|n|neigh|rule|maddr)$/;
const SYSTEMCTL_OPTION =
  /^(?:--no-pager|--all|-a|-l|--full|--plain|--no-legend|--quiet|-q|-p|--(?:type|state|property|output|lines)=.*|-n\d+)$/;
const SYSTEMCTL_VERB =
  /^(?:status|is-active|is-enabled|is-failed|is-system-running|show|cat|list-units|list-unit-files|list-timers|list-sockets|list-dependencies|get-default)$/;
const JOURNAL_OPTION =
  /^(?:--no-pager|-[bxekrqanputo]|-n\d+|-b-?\d+|-p\w+|--(?:unit|since|until|lines|priority|output|boot|identifier)(?:=.*)?)$/;
const CURL_OPTION =
  /^(?:-[ksSfiIvL46]+|--(?:insecure|silent|show-error|fail|head|include|location|compressed))$/;
const FIND_OPTION =
  /^-(?:name|iname|path|ipath|type|maxdepth|mindepth|mtime|mmin|newer|size|user|group|perm|empty|print|print0|ls|o|a|not|xdev|prune)$/;

const RULES: Record<string, ArgumentRule> = {
  "[": (args) => !args.includes("-v"),
  test: (args) => !args.includes("-v"),
  printf: (args) => !args[0]?.startsWith("-"),
  awk: isReadingAwk,
  sed: isReadingSed,
  sort: options(/^-(?:[nrubfhVdgM]+|k[\d.,nrh]+|t.?)$/),
  uniq: only(/^-[cduiz]+$/),
  find: options(FIND_OPTION),
  curl: isReadingCurl,
  date: only(/^(?:\+.*|-u|-R|-I\w*|--utc|--iso-8601(?:=\w+)?|--rfc-3339=\w+)$/),
  hostname: only(/^-[fisIAd]$/),
  hostnamectl: only(/^(?:status|--no-pager|--static)$/),
  timedatectl: only(/^(?:status|show|--no-pager)$/),
  ip: isReadingIp,
  bridge: (args) => /^(?:link|vlan|fdb|mdb)$/.test(args[0] ?? "") && SHOW_WORDS.test(args[1] ?? "show"),
  ss: options(/^-[lntupaeroimsHO46xw]+$/),
  lsblk: options(/^-[afmpbJlnoOtdS]+$/),
  findmnt: only(/^(?:-[lnro]+|\/[^ ]*|[A-Z,]+)$/),
  mount: only(/^-l$/),
  lvs: options(/^(?:-[ao]|--noheadings|--units)$/),
  vgs: options(/^(?:-[ao]|--noheadings|--units)$/),
  pvs: options(/^(?:-[ao]|--noheadings|--units)$/),
  zpool: phrases("status, list", /^-[xvLPHp]+$/),
  zfs: phrases("list, get", /^-[rHpto]+$/),
  dmesg: only(/^-[TxHk]$/),
  dmidecode: only(/^(?:-[tsq]|[\w,-]+)$/),
  dpkg: only(/^(?:-[lsL]|--list|--status|[a-z0-9][\w.+*-]*)$/),
  "dpkg-query": only(/^(?:-[Wls]|[a-z0-9][\w.+*-]*)$/),
  apt: phrases("list, show, policy", /^--(?:installed|upgradable|all-versions)$/),
  "apt-cache": phrases("policy, show, search", /^$/),
  pveversion: "any",
  pvecm: phrases("status, nodes"),
  pvesm: phrases("status, list"),
  pvesh: phrases("get, ls, usage"),
  qm: phrases("list, status, config, pending, listsnapshot, showcmd"),
  pct: phrases("list, status, config, pending, listsnapshot"),
  pveum: phrases("user list, role list, acl list, group list, realm list, user token list, user permissions"),
  "ha-manager": phrases("status, config"),
  pvesr: phrases("status, list"),
  "pve-firewall": phrases("status"),
  "corosync-cfgtool": only(/^-s$/),
  "corosync-quorumtool": only(/^-[slm]+$/),
  "corosync-cmapctl": only(/^[a-z][\w.]*$/),
  chronyc: only(/^(?:-n|tracking|sources|sourcestats|activity)$/),
  systemctl: isReadingSystemctl,
  journalctl: options(JOURNAL_OPTION),
  sshd: (args) => args[0] === "-T" && (args.length === 1 || (args.length === 3 && args[1] === "-C")),
  "ssh-keygen": (args) => args[0] === "-lf" && args.length === 2,
  nft: isReadingNft,
  iptables: only(/^(?:-[LSnvxt]+|--line-numbers|filter|nat|mangle|raw|[A-Z]+)$/),
  ip6tables: only(/^(?:-[LSnvxt]+|--line-numbers|filter|nat|mangle|raw|[A-Z]+)$/),
  "iptables-save": (args) => args.length === 0,
};

/** Undefined for a program that is not known to be harmless. */
export function ruleFor(program: string): ArgumentRule | undefined {
  if (Object.hasOwn(RULES, program)) return RULES[program];
  return ANY.split(" ").includes(program) ? "any" : undefined;
}

/** Only printing, and substitutions without the flags that run or write. */
function isReadingSed(args: string[]): boolean {
  const isScript = (text: string | undefined) =>
    /^(?:\d+|\$)?(?:,(?:\d+|\$))?[pdq]$/.test(text ?? "") ||
    /^\/[^/\n]*\/[pd]$/.test(text ?? "") ||
    /^s([/|,])(?:(?!\1)[^\\\n])*\1(?:(?!\1)[^\\\n])*\1[gpI0-9]*$/.test(text ?? "");
  if (!options(/^-(?:[nErz]+|e)$/)(args)) return false;
  if (!args.includes("-e")) return isScript(args.find((arg) => !arg.startsWith("-")));
  return args.every((arg, index) => arg !== "-e" || isScript(args[index + 1]));
}

/** No program of awk that may start a command or write a file. */
function isReadingAwk(args: string[]): boolean {
  const [program, ...operands] = args.slice(args[0] === "-F" ? 2 : Number(args[0]?.startsWith("-F") ?? 0));
  if (program === undefined || program.startsWith("-")) return false;
  return !/[>|@]|system|getline|close|fflush/.test(program) && options(/^$/)(operands);
}

/** GET and HEAD, with the answer printed or thrown away. */
function isReadingCurl(args: string[]): boolean {
  const values: Record<string, RegExp> = {
    "-o": /^\/dev\/null$/,
    "-w": /^(?![-@])(?!.*output)/s,
    "-m": /^\d+$/,
    "--max-time": /^\d+$/,
    "--connect-timeout": /^\d+$/,
  };
  return args.every((arg, index) => {
    const value = values[args[index - 1] ?? ""];
    if (value) return value.test(arg);
    return arg in values || (arg.startsWith("-") ? CURL_OPTION.test(arg) : /^https?:\/\//.test(arg));
  });
}

function isReadingIp(args: string[]): boolean {
  const [object = "", verb = "show"] = args.filter((arg) => !arg.startsWith("-"));
  if (!options(IP_OPTION)(args) || !IP_OBJECT.test(object)) return false;
  return SHOW_WORDS.test(verb) || (verb === "get" && object.startsWith("r"));
}

/** The verb comes first: after an option it might be that option's value. */
function isReadingSystemctl(args: string[]): boolean {
  const [verb = "", ...rest] = args.filter((arg) => arg !== "--no-pager" && arg !== "--failed");
  return (verb === "" || SYSTEMCTL_VERB.test(verb)) && options(SYSTEMCTL_OPTION)(rest);
}

/** `-c` only checks; `list` only prints, unless another statement follows it. */
function isReadingNft(args: string[]): boolean {
  if (args[0] === "-c") return true;
  const statement = args.filter((arg) => !arg.startsWith("-"));
  if (!options(/^-[ajnsS]+$/)(args)) return args.length === 1 && args[0] === "--version";
  return statement[0] === "list" && statement.every((word) => !/[;{\n]/.test(word));
}
