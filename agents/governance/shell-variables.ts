/** Which values the variables of a line can have, wherever in the line they get them; and which may be set at all. */

import { type Assignment, forEachChild, type SyntaxNode, type Word } from "./shell-parser.ts";
import { NUMBER, SPLIT } from "./shell-values.ts";

/** What a variable gets: words as they are, the elements of a list, or something that is known beforehand. */
export type Binding =
  | { kind: "value"; word: Word }
  | { kind: "elements"; words: readonly Word[] }
  | { kind: "known"; value: string };

export type Bindings = ReadonlyMap<string, readonly Binding[]>;

/** Of all scripts within the text. */
export function bindingsOf(root: SyntaxNode): Bindings {
  const found = new Map<string, Binding[]>();
  const add = (name: string, binding: Binding) => found.set(name, [...(found.get(name) ?? []), binding]);
  const visit = (node: SyntaxNode): void => {
    collect(node, add);
    forEachChild(node, visit);
  };
  visit(root);
  return found;
}

function collect(node: SyntaxNode, add: (name: string, binding: Binding) => void): void {
  switch (node.type) {
    case "Assignment":
      add(node.name, ofAssignment(node));
      return;
    case "For":
      add(
        node.name.value,
        node.wordlist ? { kind: "elements", words: node.wordlist } : { kind: "known", value: SPLIT },
      );
      return;
    case "ArithmeticBinary":
      if (/^(?:[-+*/%&|^]|<<|>>)?=$/.test(node.operator) && node.left.type === "ArithmeticWord")
        add(node.left.value, { kind: "known", value: NUMBER });
      return;
    case "ArithmeticUnary":
      if (/^(?:\+\+|--)$/.test(node.operator) && node.operand.type === "ArithmeticWord")
        add(node.operand.value, { kind: "known", value: NUMBER });
      return;
    case "Command":
      if (node.name?.value === "read" || node.name?.value === "mapfile" || node.name?.value === "readarray")
        for (const arg of node.args) if (arg.type === "Word") add(arg.value, { kind: "known", value: SPLIT });
      return;
    default:
      return; // nothing else that may be part of a reading line gives a variable a value
  }
}

function ofAssignment({ value, append, index }: Assignment): Binding {
  if (value.type === "ArrayValue") return { kind: "elements", words: value.elements };
  return append || index ? { kind: "known", value: SPLIT } : { kind: "value", word: value };
}

/** Upper-case names that people use for their own; all others may mean something to bash or to a program. */
const OWN =
  /^(?:[A-Z]|[A-Z][0-9]|ADDR|BASE|CFG|CONF|COUNT|CT|CTID|DATE|DEV|DIR|ERR|FILE|FQDN|GW|ID|IDS|IF|IFACE|IP|IPS|KEY|LEN|LINE|LIST|MAC|MAX|MIN|MISSING|MOUNT|MSG|NAME|NET|NODE|NODES|NOW|NUM|OK|OUT|PIDS?|POOL|PORT|PORTS|PREFIX|RC|RES|RESULT|ROW|SIZE|STAMP|START|STATE|STATUS|STORAGE|SVC|TARGET|TMP|TOTAL|TS|UNIT|UNITS|URL|USED|VAL|VALUE|VER|VERSION|VG|VM|VMID|VMIDS|VMS)$/;

/** A variable of the line's own. */
export function isOwnVariable(name: string): boolean {
  if (/^[a-z_][a-z0-9_]*$/.test(name))
    return !/_proxy$|^(?:auto_resume|histchars|_)$/.test(name) || name === "_";
  return OWN.test(name);
}

const ENVIRONMENT: Readonly<Record<string, RegExp>> = {
  PATH: /^\/(?:usr\/(?:local\/)?)?s?bin(?::\/(?:usr\/(?:local\/)?)?s?bin)*$/,
  LANG: /^[\w.@-]*$/,
  LANGUAGE: /^[\w.@-]*$/,
  LC_ALL: /^[\w.@-]*$/,
  LC_COLLATE: /^[\w.@-]*$/,
  LC_CTYPE: /^[\w.@-]*$/,
  LC_MESSAGES: /^[\w.@-]*$/,
  LC_NUMERIC: /^[\w.@-]*$/,
  LC_TIME: /^[\w.@-]*$/,
  TZ: /^[A-Za-z][\w+-]*(?:\/[\w+-]+)*$/,
  TERM: /^[a-z][\w-]*$/,
  COLUMNS: /^\d+$/,
  LINES: /^\d+$/,
  NO_COLOR: /^\d?$/,
  DEBIAN_FRONTEND: /^noninteractive$/,
  PAGER: /^(?:cat)?$/,
  GIT_PAGER: /^(?:cat)?$/,
  SYSTEMD_PAGER: /^(?:cat)?$/,
  SYSTEMD_COLORS: /^[01]$/,
  SYSTEMD_LESS: /^[FRSXMK]*$/,
};

/** A program may be given this in its environment. */
export function isHarmlessEnvironment(name: string, value: string): boolean {
  return Object.hasOwn(ENVIRONMENT, name) && ENVIRONMENT[name]?.test(value) === true;
}
