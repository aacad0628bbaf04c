/** Forms in which a value is shown, made the way that programs do it: coloured, as numbers, quoted, put together from parts. */

export function disguisedFormsOf(secret: string): Record<string, string> {
  const bytes = Buffer.from(secret);
  const characters = [...secret];
  const quoted = thirdsOf(secret).map((part) => JSON.stringify(part));
  const single = thirdsOf(secret).map((part) => `'${part.replaceAll("'", `'\\''`)}'`);
  return {
    "grep's colours": thirdsOf(secret).join("\x1b[01;31m\x1b[K"),
    "colours, every character": characters.map((c) => `\x1b[1m${c}\x1b[0m`).join(""),
    "colours in JSON": JSON.stringify(thirdsOf(secret).join("\x1b[m\x1b[K")),
    "colours as cat -v shows them": thirdsOf(secret).join("^[[01;31m"),
    "a link of a terminal": thirdsOf(secret).join("\x1b]8;;https://pve1:8006\x07"),
    overstruck: characters.map((c) => `${c}\b${c}`).join(""),
    underlined: characters.map((c) => `_\b${c}`).join(""),
    octal: numbersOf(bytes, 8).join("").replace(/.{3}/g, "\\$&"),
    "octal for echo -e": numbersOf(bytes, 8).join("").replace(/.{3}/g, "\\0$&"),
    "decimals with blanks": bytes.join(" "),
    "od -An -tu1": rowsOf(bytes.toString("latin1"), (c) => `${c.charCodeAt(0)}`.padStart(4)).join("\n"),
    "od -tu1": addressed(rowsOf(bytes.toString("latin1"), (c) => `${c.charCodeAt(0)}`.padStart(4))),
    "od -b": addressed(
      rowsOf(bytes.toString("latin1"), (c) => ` ${c.charCodeAt(0).toString(8).padStart(3, "0")}`),
    ),
    "octal with blanks": numbersOf(bytes, 8).join(" "),
    base32: base32(bytes),
    "base32, lower case": base32(bytes).toLowerCase(),
    "base32 in lines": base32(bytes).replace(/.{20}/g, "$&\n"),
    ...Object.fromEntries(
      ["a", "ab", "abc", "abcd"].map((before) => [
        `base32, shifted by ${before.length}`,
        base32(Buffer.from(`${before}${secret}z`)),
      ]),
    ),
    base32hex: hexLetters(base32(bytes)),
    "base32hex, shifted": hexLetters(base32(Buffer.from(`ab${secret}z`))).toLowerCase(),
    bits: bitsOf(bytes).join(""),
    "bits with blanks": bitsOf(bytes).join(" "),
    "xxd -b": rowsOf(bytes.toString("latin1"), (c) => c, 6)
      .map((row, index) => {
        const bits = bitsOf(Buffer.from(row, "latin1")).join(" ").padEnd(53);
        return `${(6 * index).toString(16).padStart(8, "0")}: ${bits}  ${row.replace(/[^ -~]/g, ".")}`;
      })
      .join("\n"),
    "a backslash before each character": characters.map((c) => `\\${c}`).join(""),
    "quoted-printable, every sign": bytes
      .toString("latin1")
      .replace(/[^ 0-9A-Za-z]/g, (c) => `=${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`),
    "quoted-printable, every byte": bytes.toString("hex").toUpperCase().replace(/../g, "=$&"),
    "strings with a plus": quoted.join("+"),
    "strings with a plus and blanks": quoted.join(" + "),
    "strings with a point, in lines": quoted.join("\n  . "),
    "strings of C": quoted.join("\n    "),
    "a shell's strings": single.join(""),
    "a shell's strings in lines": single.join(" \\\n"),
    "a shell's quotes around a part": secret
      .replace(/(?<=\w)\w(?=\w)/, "@@$&@@")
      .replace(/["'\\]/g, "\\$&")
      .replaceAll("@@", '"'),
    "a shell's empty quotes": secret.replace(/(?<=\w)(?=\w)/g, "''"),
  };
}

/** Each begins and ends with a letter or a digit, where there are enough of them: nobody takes it for no string. */
function thirdsOf(secret: string): string[] {
  const places = [...secret.matchAll(/(?<=\w)(?=\w)/g)].map(({ index }) => index);
  const [first = 4, second = 8] = [1, 2].map((third) => places[Math.floor((third * places.length) / 3)]);
  return [secret.slice(0, first), secret.slice(first, second), secret.slice(second)];
}

function numbersOf(bytes: Buffer, base: number): string[] {
  return Array.from(bytes, (byte) => byte.toString(base).padStart(3, "0"));
}

function rowsOf(text: string, cell: (character: string) => string, width = 16): string[] {
  const rows = Array.from({ length: Math.ceil(text.length / width) }, (_, row) =>
    text.slice(row * width, (row + 1) * width),
  );
  return rows.map((row) => [...row].map(cell).join(""));
}

function bitsOf(bytes: Buffer): string[] {
  return Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0"));
}

function hexLetters(text: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  return text.replace(/[A-Z2-7]/g, (letter) => letters.indexOf(letter).toString(32).toUpperCase());
}

function addressed(rows: readonly string[]): string {
  return rows.map((row, index) => `${(16 * index).toString(8).padStart(7, "0")}${row}`).join("\n");
}

function base32(bytes: Buffer): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  let [bits, count, text] = [0, 0, ""];
  for (const byte of bytes) {
    bits = ((bits & 31) << 8) | byte;
    for (count += 8; count >= 5; count -= 5) text += letters[(bits >> (count - 5)) & 31];
  }
  if (count > 0) text += letters[(bits << (5 - count)) & 31];
  return text.padEnd(8 * Math.ceil(text.length / 8), "=");
}
