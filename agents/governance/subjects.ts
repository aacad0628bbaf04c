/** What a command, a module or a playbook is about, in names: so that a later look can be told to have looked at just that. */
import { MAX_SUBJECTS } from "../protocol/deed.ts";

/** More of a text is not looked at. */
const MAX_TEXT_CHARS = 64_000;
/** Of guests: where a text names one by its number, nothing else of it counts. */
const GUEST =
  /\b(?:qm|pct)[ \t]{1,9}[a-z]{1,20}[ \t]{1,9}(\d{3,9})\b|\b(?:vm_?id|qemu\/|lxc\/)[" =:]{0,5}(\d{3,9})\b/gi;
/** Of programs, folders and words of every language that name nothing by themselves. */
const COMMON = new Set(
  `etc conf config cfg usr var lib root opt local bin sbin dev null tmp home run sys proc echo cat grep sed awk tee head tail
  set sudo bash test and not for the then else true false yes name names hosts host task tasks state mode path dest src content
  owner group ansible builtin copy template file lineinfile service systemd community general proxmox notify handlers become
  validate present absent started stopped restarted reloaded enabled reload restart start stop enable disable status show list
  install remove update apt get node nodes pve1 pve2 user users with when register gather facts managed pvesh create delete
  systemctl uptime hostname whoami date uname free who sshkey key keys changed command shell raw default value items loop`
    .split(/\s+/)
    .filter((word) => word !== ""),
);

/** Numbers of guests, else words of three letters and more, lower case, each once; at most 60. */
export function subjectsOf(text: string): string[] {
  const some = text.slice(0, MAX_TEXT_CHARS);
  const guests = [...some.matchAll(GUEST)].flatMap(([, number, other]) => number ?? other ?? []);
  const words = guests.length > 0 ? guests : wordsIn(some);
  return [...new Set(words)].slice(0, MAX_SUBJECTS);
}

function wordsIn(text: string): string[] {
  const words = text.toLowerCase().split(/[^a-z0-9]+/);
  return words.filter((word) => word.length >= 3 && word.length <= 64 && !COMMON.has(word));
}

/** Whether a look at one has shown something of the other. Of what has no name any look will do that names something. */
export function isAbout(looked: readonly string[], changed: readonly string[]): boolean {
  if (changed.length === 0) return looked.length > 0;
  return changed.some((subject) => looked.includes(subject));
}
