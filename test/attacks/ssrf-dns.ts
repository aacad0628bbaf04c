/** A resolver for a network of one's own: names under .test say themselves what they stand for. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv4 } from "node:net";

/** A public address, for names that begin well. */
export const PUBLIC = "93.184.216.34";

const A = 1;
const CNAME = 5;
const AAAA = 28;

type Answer = { type: number; data: Buffer };

/** Listens on 127.0.0.1:53. */
export async function serveNames(): Promise<Socket> {
  const asked = new Map<string, number>();
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    const { name, type, end } = questionOf(query);
    const key = `${name} ${type}`;
    const nth = asked.get(key) ?? 0;
    asked.set(key, nth + 1);
    socket.send(reply(query.subarray(0, end), answersFor(name, type, nth)), from.port, from.address);
  });
  socket.bind(53, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

/**
 * `public.test` is public. `to-10-0-0-1.N.test` is 10.0.0.1, `both-...` is public and that, `turn-...` is public when asked
 * first and that afterwards, `alias-...` is another name for `to-...`; the same with hex groups: `to-fe80--1.N.test`.
 */
function answersFor(name: string, type: number, nth: number): Answer[] {
  const [, form = "public", target = ""] = /^(to|both|turn|alias)-([0-9a-f-]+)\./.exec(name) ?? [];
  const wanted = addressOf(target);
  const isWanted = wanted !== undefined && (isIPv4(wanted) ? A : AAAA) === type;
  const open = type === A ? [addressRecord(PUBLIC)] : [];
  const hidden = isWanted ? [addressRecord(wanted)] : [];
  switch (form) {
    case "public":
      return open;
    case "both":
      return [...open, ...hidden];
    case "turn":
      return nth === 0 ? open : hidden;
    case "alias":
      return [{ type: CNAME, data: nameData(name.replace("alias", "to")) }, ...hidden];
    default:
      return hidden;
  }
}

function addressOf(target: string): string | undefined {
  if (/^\d+-\d+-\d+-\d+$/.test(target)) return target.replaceAll("-", ".");
  return target === "" ? undefined : target.replaceAll("-", ":");
}

function addressRecord(address: string): Answer {
  if (isIPv4(address)) return { type: A, data: Buffer.from(address.split(".").map(Number)) };
  const [head = "", tail = ""] = address.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array.from({ length: missing }, () => "0"), ...groups(tail)];
  return { type: AAAA, data: Buffer.from(all.map((group) => group.padStart(4, "0")).join(""), "hex") };
}

function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length).toLowerCase());
    at += length + 1;
  }
  return { name: labels.join("."), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** Aliases first; the addresses behind one belong to the question's name in this small answer. */
function reply(question: Buffer, answers: readonly Answer[]): Buffer {
  const head = Buffer.from(question);
  head.writeUInt16BE(0x8580, 2);
  head.writeUInt16BE(answers.length, 6);
  head.writeUInt16BE(0, 8);
  head.writeUInt16BE(0, 10);
  let owner: Buffer = Buffer.from([0xc0, 0x0c]);
  const records = answers.map(({ type, data }) => {
    const about = Buffer.alloc(10);
    about.writeUInt16BE(type, 0);
    about.writeUInt16BE(1, 2);
    about.writeUInt16BE(data.length, 8);
    const record = Buffer.concat([owner, about, data]);
    if (type === CNAME) owner = data;
    return record;
  });
  return Buffer.concat([head, ...records]);
}

function nameData(name: string): Buffer {
  const labels = name.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}
