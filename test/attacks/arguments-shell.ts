/**
 * Command lines that make a file while they look as if they only read. `@` stands for that file, and nothing else is
 * done by any of them: they are run, in the sandbox, when they are taken for reading. One a line in
 * arguments-shell.txt; here those that no line can hold.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Of more than one line, or with characters that are easily overlooked. */
const BROKEN = [
  "ls\ntouch @",
  "ls\r\ntouch @",
  "ls \\\n; touch @",
  "ls # \\\ntouch @",
  "ls '\n' ; touch @",
  "ls #\ntouch @",
  "bash <<EOF\ntouch @\nEOF",
  "cat <<EOF\n$(touch @)\nEOF",
  "cat <<'EOF' > @\nx\nEOF",
  "ls\ttouch; touch @",
  "ls\u00a0; touch @",
  "ls\u2028touch @; touch @",
  "ls\vx; touch @",
  'echo "\\"$(touch @)"',
  "echo '\\'$(touch @)''",
  "echo $'\\'' $(touch @) '",
  'echo "$\'" $(touch @) "\'"',
  'echo "$\u007bx:-\'}$(touch @)"',
  "echo $\u007bx#'}'}$(touch @)",
  'echo $"$(touch @)"',
  "echo \\\\$(touch @)",
  "echo \\$\\(x $(touch @)",
  "echo [$(touch @)]",
  "echo a#$(touch @)",
  "printf '%s\\n' \"$(printf x > @)\"",
];

/** Each line, with `file` as what it makes when it is run. */
export function disguisedCommands(file: string): string[] {
  const plain = readFileSync(join(import.meta.dirname, "arguments-shell.txt"), "utf8").trim();
  return [...plain.split("\n"), ...BROKEN].map((line) => line.replaceAll("@", file));
}
