/** `pvesm prune-backups`: removes what the rules do not keep, or only shows it. */
import { succeeded } from "../outcome.ts";
import type { Row } from "../state.ts";
import { ask, endOf } from "./call-route.ts";
import type { OwnCommand } from "./command.ts";
import { rowsOf } from "./guest-print.ts";

const ROUTE = "/nodes/{node}/storage/{storage}/prunebackups";
const KEEP = "keep-all?:bool keep-daily?:integer=0.. keep-hourly?:integer=0.. keep-last?:integer=0.. ";
const KEEP_LONG = "keep-monthly?:integer=0.. keep-weekly?:integer=0.. keep-yearly?:integer=0..";
const NOTE =
  "NOTE: this is only a preview and might not be what a subsequent\n" +
  "prune call does if backups are removed/added in the meantime.\n\n";

export const pruneBackups: OwnCommand = {
  positional: ["storage"],
  parameters: `storage:pve-storage-id dry-run?:bool type?:enum=qemu|lxc vmid?:integer=100.. ${KEEP}${KEEP_LONG}`,
  isChange: true,
  run: (run, { "dry-run": dryRun, ...given }) => {
    const isRule = ([name]: [string, string]) => name.startsWith("keep-");
    const rules = Object.entries(given)
      .filter(isRule)
      .map(([name, count]) => `${name}=${count}`);
    const asked = Object.fromEntries(Object.entries(given).filter((entry) => !isRule(entry)));
    const params = { ...asked, ...(rules.length > 0 ? { "prune-backups": rules.join(",") } : {}) };
    if (dryRun === "1") return succeeded(preview(rowsOf(ask(run, `GET ${ROUTE}`, params))));
    return endOf(run, ask(run, `DELETE ${ROUTE}`, params)) ?? succeeded();
  },
};

function preview(rows: readonly Row[]): string {
  if (rows.length === 0) return "No backups found\n";
  const sorted = rows.toSorted(
    (one, other) =>
      Number(one["vmid"]) - Number(other["vmid"]) || Number(one["ctime"]) - Number(other["ctime"]),
  );
  const width = Math.max(...rows.map(({ volid }) => String(volid).length)) + 1;
  const line = (cells: string[]) =>
    `${cells[0]?.padEnd(width)} ${cells[1]?.padStart(15)} ${cells[2]?.padStart(10)}\n`;
  const cells = sorted.map((row) => [
    String(row["volid"]),
    `${row["type"]}/${row["vmid"]}`,
    String(row["mark"]),
  ]);
  return NOTE + [["Backup", "Backup-ID", "Prune-Mark"], ...cells].map(line).join("");
}
