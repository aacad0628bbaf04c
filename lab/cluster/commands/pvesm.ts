/** `pvesm` (PVE/CLI/pvesm.pm): storages of the node it runs on. */
import { AppError } from "../../../agents/base/errors.ts";
import { type CommandOutcome, succeeded } from "../outcome.ts";
import type { ContentType, Json, Row } from "../state.ts";
import { pathOf, storageOf } from "../storage.ts";
import { ask, endOf } from "./call-route.ts";
import type { CommandTree, Given, RouteCommand } from "./command.ts";
import { rowsOf } from "./guest-print.ts";
import { pruneBackups } from "./prune-backups.ts";
import type { Run } from "./run.ts";

const STORAGE = "/nodes/{node}/storage";

export const pvesm: CommandTree = {
  add: { route: "POST /storage", positional: ["type", "storage"] },
  alloc: {
    route: `POST ${STORAGE}/{storage}/content`,
    positional: ["storage", "vmid", "filename", "size"],
    print: (data) => `successfully created '${data}'\n`,
  },
  apiinfo: { parameters: "", run: () => succeeded("APIVER 12\nAPIAGE 3\n") },
  export: "gap",
  extractconfig: {
    positional: ["volume"],
    parameters: "volume",
    run: (run, { volume = "" }) => {
      const data = ask(run, "GET /nodes/{node}/vzdump/extractconfig", { volume });
      return succeeded(`${data}\n`);
    },
  },
  free: {
    positional: ["volume"],
    parameters: "volume delay?:integer=1..30 storage?:pve-storage-id",
    isChange: true,
    run: free,
  },
  import: "gap",
  list: { route: `GET ${STORAGE}/{storage}/content`, positional: ["storage"], print: printContent },
  path: { positional: ["volume"], parameters: "volume", run: path },
  "prune-backups": pruneBackups,
  remove: { route: "DELETE /storage/{storage}", positional: ["storage"] },
  scan: {
    commands: {
      cifs: scan("cifs", ["server"], ["share", "description"]),
      iscsi: scan("iscsi", ["portal"], ["target", "portal"]),
      lvm: scan("lvm", [], ["vg"]),
      lvmthin: scan("lvmthin", ["vg"], ["lv"]),
      nfs: scan("nfs", ["server"], ["path", "options"]),
      pbs: scan("pbs", ["server", "username"], ["store", "comment"]),
      zfs: scan("zfs", [], ["pool"]),
    },
  },
  cifsscan: { alias: "scan cifs" },
  iscsiscan: { alias: "scan iscsi" },
  lvmscan: { alias: "scan lvm" },
  lvmthinscan: { alias: "scan lvmthin" },
  nfsscan: { alias: "scan nfs" },
  zfsscan: { alias: "scan zfs" },
  set: { route: "PUT /storage/{storage}", positional: ["storage"] },
  status: { route: `GET ${STORAGE}`, print: printStatus },
};

/** The storage is that of the volume's id, unless it is told. */
function free(run: Run, { volume = "", storage = splitId(volume)[0] }: Given): CommandOutcome {
  const task = ask(run, `DELETE ${STORAGE}/{storage}/content/{volume}`, { volume, storage });
  return endOf(run, task) ?? succeeded();
}

function path({ api, node }: Run, { volume = "" }: Given): CommandOutcome {
  const [name, rest] = splitId(volume);
  const storage = storageOf(api.store.state(), node, name);
  const [folder = ""] = rest.split("/");
  const content = (
    ["iso", "vztmpl", "backup", "import", "snippets"].includes(folder) ? folder : "images"
  ) as ContentType;
  return succeeded(`${pathOf(storage, { name: rest, content })}\n`);
}

function splitId(id: string): [string, string] {
  const colon = id.indexOf(":");
  if (colon < 1) throw new AppError("conflict", `unable to parse volume ID '${id}'`);
  return [id.slice(0, colon), id.slice(colon + 1)];
}

/** A line for each that was found, in columns as wide as the first needs. */
function scan(what: string, positional: readonly string[], columns: readonly string[]): RouteCommand {
  return {
    route: `GET /nodes/{node}/scan/${what}`,
    positional,
    print: (data) => {
      const rows = rowsOf(data).map((row) => columns.map((column) => String(row[column] ?? "")));
      const width = columns.length > 1 ? Math.max(0, ...rows.map(([first = ""]) => first.length)) : 0;
      return rows.map(([first = "", ...rest]) => `${[first.padEnd(width), ...rest].join(" ")}\n`).join("");
    },
  };
}

function printStatus(data: Json): string {
  const rows = rowsOf(data).toSorted((one, other) =>
    String(one["storage"]) < String(other["storage"]) ? -1 : 1,
  );
  const width = Math.max(0, ...rows.map(({ storage }) => String(storage).length)) + 1;
  const header = ["Name", "Type", "Status", "Total (KiB)", "Used (KiB)", "Available (KiB)", "%"];
  return [header, ...rows.map(cells)].map((row) => line(row, width)).join("");
}

function cells(row: Row): string[] {
  const name = [String(row["storage"]), String(row["type"])];
  if (row["active"] !== 1)
    return [...name, row["enabled"] === 1 ? "inactive" : "disabled", "0", "0", "0", "N/A"];
  const kib = (key: string) => String(Math.round(Number(row[key]) / 1024));
  const percent = `${((Number(row["used"]) / Number(row["total"])) * 100).toFixed(2)}%`;
  return [...name, "active", kib("total"), kib("used"), kib("avail"), percent];
}

function line([name = "", ...rest]: string[], width: number): string {
  const widths = [10, 10, 15, 15, 15, 8];
  return `${[name.padEnd(width), ...rest.map((cell, index) => cell.padStart(widths[index] ?? 0))].join(" ")}\n`;
}

/** What has an owner comes first. */
function printContent(data: Json): string {
  const all = rowsOf(data);
  const ofGuests = all.filter(({ vmid }) => vmid);
  const others = all
    .filter(({ vmid }) => !vmid)
    .toSorted((one, other) => (String(one["format"]) < String(other["format"]) ? -1 : 1));
  const name = Math.max(0, ...all.map(({ volid }) => String(volid).length));
  const size = Math.max(1, ...all.map((row) => String(row["size"]).length));
  const line = (cells: (Json | undefined)[]) => {
    const [id = "", format = "", type = "", bytes = "", ...owner] = cells.map(String);
    return `${[id.padEnd(name), format.padEnd(7), type.padEnd(9), bytes.padStart(size), ...owner].join(" ")}\n`;
  };
  const start = (row: Row) => [row["volid"], row["format"], row["content"], row["size"]];
  return [
    line(["Volid", "Format", "Type", "Size", "VMID"]),
    ...ofGuests.map((row) => line([...start(row), row["vmid"]])),
    ...others.map((row) => line(start(row))),
  ].join("");
}
