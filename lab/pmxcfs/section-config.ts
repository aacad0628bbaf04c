/** Files of sections, as PVE/SectionConfig.pm of Proxmox reads them: `type: id`, and below it lines that are indented. */
import type { Json, Row } from "../cluster/state.ts";

export type Section = { type: string; id: string; row: Row };

/** What cannot be read is left out. A section ends at an empty line. */
export function parseSections(text: string): Section[] {
  const sections: Section[] = [];
  let open: Section | undefined;
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) continue;
    if (line.trim() === "") open = undefined;
    else if (/^\s/.test(line)) readProperty(open, line.trim());
    else {
      open = readHead(line.trimEnd());
      if (open) sections.push(open);
    }
  }
  return sections;
}

function readHead(line: string): Section | undefined {
  const [type = "", id = "", ...more] = line.split(/:\s*/, 3);
  if (!/^[a-z][\w-]*$/i.test(type) || !/^[a-z0-9][\w.-]*$/i.test(id) || more.length > 0) return undefined;
  return { type, id, row: {} };
}

/** A property without a value is one that is on. */
function readProperty(section: Section | undefined, line: string): void {
  const end = line.search(/\s/);
  const name = end < 0 ? line : line.slice(0, end);
  if (section && /^[a-z][\w-]*$/i.test(name))
    section.row[name] = end < 0 ? 1 : valueIn(line.slice(end).trim());
}

/** Numbers are numbers in the state, as the API's schema makes them. */
export function valueIn(text: string): Json {
  return /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : decodeLine(text);
}

export function decodeLine(text: string): string {
  return text.replaceAll("%0A", "\n");
}
