/** Whether one JSON value has the shape of another: the same types all the way down, whatever the values are. */

/** Where it differs, as `data.cores: number, not string`; none when it fits. Fields beyond the wanted ones are no difference. */
export function differences(wanted: unknown, got: unknown, at = "data"): string[] {
  const [want, have] = [kindOf(wanted), kindOf(got)];
  if (want !== have) return [`${at}: ${want}, not ${have}`];
  if (Array.isArray(wanted) && Array.isArray(got)) return listDifferences(wanted, got, at);
  if (!isRecord(wanted) || !isRecord(got)) return [];
  return Object.entries(wanted).flatMap(([name, value]) =>
    name in got ? differences(value, got[name], `${at}.${name}`) : [`${at}.${name}: missing`],
  );
}

/** A list of rows: each wanted row must fit one that was got; an empty list fits a list of anything. */
function listDifferences(wanted: unknown[], got: unknown[], at: string): string[] {
  return wanted.flatMap((row, index) => {
    const all = got.map((candidate) => differences(row, candidate, `${at}[${index}]`));
    if (all.length === 0) return [`${at}: no row like [${index}]`];
    return all.reduce((best, next) => (next.length < best.length ? next : best));
  });
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
