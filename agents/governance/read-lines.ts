/** The lines of a table, program by program: each is read when it is first asked for, and most programs never are. */
import { type Line, readTable } from "./read-rules.ts";

export function linesByProgram(table: string): (program: string) => readonly Line[] {
  const rows = Map.groupBy(
    table.split("\n").flatMap((row) => programsOf(row).map((program) => ({ program, row }))),
    ({ program }) => program,
  );
  const known = new Map<string, readonly Line[]>();
  return (program) => {
    const lines = known.get(program) ?? read(program, rows.get(program) ?? []);
    if (lines.length > 0) known.set(program, lines);
    return lines;
  };
}

function programsOf(row: string): string[] {
  return row.startsWith("#") ? [] : (row.split(" ", 1)[0] ?? "").split("|").filter(Boolean);
}

function read(program: string, rows: readonly { row: string }[]): Line[] {
  return rows.flatMap(({ row }) => readTable(row)).filter((line) => line.program === program);
}
