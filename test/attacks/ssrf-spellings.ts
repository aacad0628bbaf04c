/** An IPv4 address in every spelling that a URL parser, a resolver or a server may follow. */

const hex = (value: number, length = 0) => value.toString(16).padStart(length, "0");

/** What may stand for the host of a URL; `address` is four decimal numbers. */
export function spellings(address: string): string[] {
  return [...numbers(address), ...characters(address), ...authorities(address), ...inVersion6(address)];
}

/** Other bases, other lengths. */
function numbers(address: string): string[] {
  const parts = address.split(".").map(Number);
  const [a = 0, b = 0, c = 0, d = 0] = parts;
  const whole = ((a * 256 + b) * 256 + c) * 256 + d;
  const each = (write: (part: number) => string) => parts.map(write).join(".");
  const octal = (part: number) => part.toString(8);
  return [
    ...[`${whole}`, `0x${hex(whole)}`, `0X${hex(whole).toUpperCase()}`, `0${octal(whole)}`],
    ...[each((part) => `0x${hex(part)}`), each((part) => `0${octal(part)}`)],
    ...[each((part) => `0000${octal(part)}`), `0x${hex(a)}.${b}.0${octal(c)}.${d}`],
    ...[`${a}.${(b * 256 + c) * 256 + d}`, `${a}.${b}.${c * 256 + d}`],
  ];
}

/** Other characters for the same digits and points. */
function characters(address: string): string[] {
  const digits = (write: (digit: number) => string) =>
    address.replaceAll(/\d/g, (digit) => write(Number(digit)));
  return [
    ...[address, `${address}.`, `${address}%2e`, `\u00ad${address}`],
    ...["。", "．", "｡", "%2e"].map((point) => address.replaceAll(".", point)),
    ...[digits((digit) => `%3${digit}`), digits((digit) => String.fromCodePoint(0xff10 + digit))],
    digits((digit) => String.fromCodePoint(0x1d7d8 + digit)),
  ];
}

/** With a user before it, or a port behind it. */
function authorities(address: string): string[] {
  const users = ["user", "public.test", "public.test:80"].map((user) => `${user}@${address}`);
  return [...users, `${address}:8080`, `${address}:6379`];
}

/** Within an IPv6 address: mapped, compatible, translated, 6to4, Teredo. */
function inVersion6(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  const groups = `${hex(a * 256 + b)}:${hex(c * 256 + d)}`;
  return [
    ...[`[::ffff:${address}]`, `[::ffff:${groups}]`, `[0:0:0:0:0:ffff:${groups}]`],
    ...[`[::${address}]`, `[::ffff:0:${address}]`],
    ...[`[64:ff9b::${address}]`, `[64:ff9b:1::${address}]`, `[2002:${groups}::]`, `[2001:0:${groups}::1]`],
  ];
}
