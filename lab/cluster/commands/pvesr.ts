/** `pvesr` (PVE/CLI/pvesr.pm): jobs that replicate guests between nodes. */
import type { Json, Row } from "../state.ts";
import type { CommandTree } from "./command.ts";
import { pretty } from "./print-result.ts";

export const pvesr: CommandTree = {
  status: { route: "GET /nodes/{node}/replication", print: jobStates },
  "schedule-now": { route: "POST /nodes/{node}/replication/{id}/schedule_now", positional: ["id"] },
  list: { route: "GET /cluster/replication", print: jobs },
  read: { route: "GET /cluster/replication/{id}", positional: ["id"], print: (data) => `${pretty(data)}\n` },
  update: { route: "PUT /cluster/replication/{id}", positional: ["id"] },
  delete: { route: "DELETE /cluster/replication/{id}", positional: ["id"] },
  "create-local-job": {
    route: "POST /cluster/replication",
    positional: ["id", "target"],
    fixed: { type: "local" },
  },
  enable: { route: "PUT /cluster/replication/{id}", positional: ["id"], fixed: { disable: "0" } },
  disable: { route: "PUT /cluster/replication/{id}", positional: ["id"], fixed: { disable: "1" } },
  "prepare-local-job": "gap",
  "finalize-local-job": "gap",
  run: "gap",
  "set-state": "gap",
};

function jobs(data: Json): string {
  const rows = (data as Row[]).map(({ id, target, schedule, rate, disable }) => [
    ...[id, `local/${target}`, schedule ?? "*/15", rate ?? "-", disable ? "no" : "yes"].map(String),
  ]);
  const line = ([id = "", target = "", schedule = "", rate = "", enabled = ""]: string[]) =>
    `${id.padEnd(20)} ${target.padEnd(20)} ${schedule.padStart(10)} ${rate.padStart(5)} ${enabled.padStart(8)}\n`;
  return [["JobID", "Target", "Schedule", "Rate", "Enabled"], ...rows].map(line).join("");
}

function jobStates(data: Json): string {
  const when = (seconds: Json | undefined) =>
    seconds ? new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace("T", "_") : "-";
  const rows = (data as Row[]).map((job) => [
    ...[job["id"], job["disable"] ? "No" : "Yes", `local/${job["target"]}`],
    ...[when(job["last_sync"]), when(job["next_sync"]), job["duration"] ?? "-", job["fail_count"], "OK"],
  ]);
  const head = ["JobID", "Enabled", "Target", "LastSync", "NextSync", "Duration", "FailCount", "State"];
  const widths = [-10, -10, -20, 20, 20, 10, 10, 0];
  return [head, ...rows]
    .map((row) => row.map((cell, at) => padded(String(cell), widths[at] ?? 0)).join(" "))
    .map((line) => `${line}\n`)
    .join("");
}

function padded(text: string, width: number): string {
  return width < 0 ? text.padEnd(-width) : text.padStart(width);
}
