/** Path strings as a hostile model might write them: put together at random from what has fooled path checks before. */
import { ROOTS } from "../../agents/host/files/paths.ts";
import type { World } from "./paths-world.ts";

type Places = Pick<World, "directory" | "secrets" | "traps" | "descriptor">;
type Random = () => number;

const UPS = [
  ..."..|...|....|..;|.. | ..|..\0|..%00|..\\|\\..|..\t|..\n|..\r|.|~".split("|"),
  ..."%2e%2e|%252e%252e|.%2e|%c0%ae%c0%ae|%u002e%u002e|%uff0e%uff0e|&#46;&#46;|\\u002e\\u002e|\\x2e\\x2e|0x2e0x2e".split(
    "|",
  ),
  ..."．．|‥|…|․․|｡｡|.\u200b.|.\ufeff.|..\u202e|\u2066..|\ud800..|..\udfff|.\u0307.|\u{e002e}\u{e002e}".split(
    "|",
  ),
];
const SEPARATORS = [
  ..."/|//|///|/./|/.//|/ /|\\|\\\\|/\0/|%2f|%252f|%5c|%c0%af|&#47;|∕|／|⁄|⧸|⧵|＼|\u2215\u200b|/\u200b/|:|;/".split(
    "|",
  ),
];
const HEADS = [
  ..."||/|//|.|./|~|~root|~/|file://|file:/|file:///|\\\\?\\|//localhost|/proc/self/root|/proc/self/cwd|/proc/1/root".split(
    "|",
  ),
  ..."/proc/thread-self/root|/dev/stdin|/dev/fd|/proc/self/fd|/dev/shm|/app|/tmp|/app/infra-evil|/app/docs.bak".split(
    "|",
  ),
];
const TAILS = [
  ..."||||/|/.|/..|//|\0|\0.md|%00.md|.md| |.|::$DATA|?raw=1|#x|;.md|/*|\n|\r\n|\u200b|\u202e|~|.bak|$(id)|`id`".split(
    "|",
  ),
];

/** So many different strings; the direct way to each secret and through each trap comes first. */
export function pathStrings(count: number, random: Random, places: Places): readonly string[] {
  const found = new Set(directStrings(places));
  while (found.size < count) found.add(anyString(random, places));
  return [...found].slice(0, count);
}

/** By its real path, by descriptor, below and behind each link; `..` out of every root. */
function directStrings({ directory, secrets, traps, descriptor }: Places): string[] {
  const real = secrets.map((file) => `${directory}/${file}`);
  const descriptors = ["/proc/self/fd", "/dev/fd", `/proc/${process.pid}/fd`].map(
    (at) => `${at}/${descriptor}`,
  );
  const climbing = secrets.flatMap((file) => ROOTS.map((root) => `${root}${up(root, file)}`));
  const behind = traps.flatMap((trap) => [trap, `${trap}/`, `${trap}/new`, `${trap}/../new-${trap.length}`]);
  const inside = secrets.map((file) => `/${file}`);
  return [...real, ...descriptors, ...climbing, ...behind, ...inside, "/", "", ...ROOTS];
}

function up(root: string, file: string): string {
  return `${"/..".repeat(root.split("/").length - 1)}/${file}`;
}

function anyString(random: Random, places: Places): string {
  const { directory, secrets, traps, descriptor } = places;
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const separator = one(SEPARATORS);
  const step = random() < 0.5 ? ".." : one(UPS);
  const climb = Array.from({ length: Math.floor(random() * 7) }, () => (random() < 0.2 ? one(UPS) : step));
  const heads = [...ROOTS, ...ROOTS, ...ROOTS, ...traps, ...HEADS, directory, `/dev/fd/${descriptor}`];
  const middle = random() < 0.2 ? ["web"] : [];
  const target = one([...secrets, `${directory}/${one(secrets)}`, ...traps, "new", "web/new", one(ROOTS)]);
  const text = [one(heads), ...middle, ...climb, target].join(random() < 0.6 ? "/" : separator) + one(TAILS);
  return disguised(text, random);
}

/** Now and then another spelling of all of it. */
function disguised(text: string, random: Random): string {
  const at = Math.floor(random() * 40);
  switch (at) {
    case 0:
      return text.toUpperCase();
    case 1:
      return encodeURIComponent(text.toWellFormed());
    case 2:
      return encodeURI(encodeURI(text.toWellFormed()));
    case 3:
      return text.normalize("NFKD");
    case 4:
      return text.replaceAll(/[a-z]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0));
    case 5:
      return `${text}/${"x".repeat(Math.floor(random() * 400))}`;
    case 6:
      return text + "/x".repeat(Math.floor(random() * 600));
    case 7:
      return text.replaceAll("/", "/./".repeat(1 + Math.floor(random() * 3)));
    case 8:
      return ` ${text}`;
    case 9:
      return `/${text}`;
    default:
      return text;
  }
}
