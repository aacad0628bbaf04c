import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AuditFile, auditPath } from "../agents/bus/audit-file.ts";
import { ours, redacted } from "../agents/redact/redacted.ts";
import { PROJECT_DIR } from "./team/project.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "minilab-audit-"));
  const audit = new AuditFile(folder, "DevOps_Builder");
  const about = { session: redacted`s`, message: redacted`m.User` };
  const ssh = (command: string) => ({ host: redacted`pve1`, command: ours(command) });
  const call = (n: number, command: string, outcome: "ok" | "failed") => {
    const id = ours(`1.${n}`);
    audit.append("intent", {
      ...about,
      call: id,
      tool: redacted`run_ssh`,
      target: redacted`pve1`,
      args: ssh(command),
    });
    audit.append("outcome", { ...about, call: id, outcome: ours(outcome), exitCode: 0 });
  };
  call(1, `echo "it's" > '$(touch ${folder}/HURT)'`, "ok");
  call(2, `false\ntouch ${folder}/HURT`, "failed");
  new AuditFile(folder, "User").append("ruling", { criterion: redacted`c1\u2028touch HURT` });
});
afterEach(() => rmSync(folder, { recursive: true }));

function audit(verb: string) {
  const argv = [join(PROJECT_DIR, "launcher/main.ts"), "audit", verb, folder];
  return spawnSync(process.execPath, argv, { encoding: "utf8" });
}

test("verify names the first altered line, and nothing when none is", () => {
  expect(audit("verify")).toMatchObject({ status: 0, stderr: "" });
  const file = auditPath(folder, "DevOps_Builder");
  writeFileSync(file, readFileSync(file, "utf8").replace('"failed"', '"ok"'));
  expect(audit("verify")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(`${file}:4 was altered`),
  });
});

test("the script does what succeeded, word for word, and nothing else", () => {
  const { status, stdout } = audit("export");
  expect(status).toBe(0);
  // as a person runs it, with an ssh that says what it was told
  const script = `ssh() { printf '<%s>' "$@"; }; ${stdout.split("\n").slice(1).join("\n")}\nls ${folder}`;
  const ran = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  expect(ran.stdout).toBe(`<root@pve1><--><echo "it's" > '$(touch ${folder}/HURT)'>DevOps_Builder\nUser\n`);
});
