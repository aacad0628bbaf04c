import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Guest } from "../../lab/cluster/state.ts";
import { type Lab, startLab } from "../../lab/lab.ts";
import { loadScenario } from "../../lab/model/scenario.ts";
import { PROJECT_DIR } from "../../launcher/team/project.ts";
import { judge, judgeStart } from "./judge.ts";
import { createSshLogin, type SshLogin } from "./ssh-login.ts";
import { parseRecaps, type TeamRecord } from "./team-record.ts";

const { expect: expected } = loadScenario(join(PROJECT_DIR, "lab/scenarios/rehearsal.yaml"));
const calls = { total: 1, roles: {}, gaps: [] };
const idle: TeamRecord = { sent: 0, handled: 0, ended: 0, toolCalls: 0, recaps: {} };
const recap = { ok: 2, changed: 1, unreachable: 0, failed: 0 };
const worked: TeamRecord = {
  sent: 7,
  handled: 7,
  ended: 7,
  toolCalls: 9,
  recaps: { pve1: recap, pve2: recap },
};
const harden =
  "printf 'PasswordAuthentication no\\nKbdInteractiveAuthentication no\\nPermitRootLogin prohibit-password\\nX11Forwarding no\\n' > /etc/ssh/sshd_config.d/00-hardening.conf && systemctl reload ssh";
const create = [
  "qm",
  "create",
  "9101",
  "--name",
  "web-01",
  "--memory",
  "512",
  "--cores",
  "1",
  "--scsi0",
  "local-lvm:8",
];

const directory = mkdtempSync(join(tmpdir(), "minilab-judge-"));
const stopping = new AbortController();
let lab: Lab;
let ssh: SshLogin;
let before: Guest[];

beforeAll(async () => {
  lab = await startLab({ directory: join(directory, "lab"), start: "day3", signal: stopping.signal });
  ssh = createSshLogin({ directory, privateKeyFile: lab.privateKeyFile, signal: stopping.signal });
  before = (await lab.state()).guests;
});

afterAll(async () => {
  await lab?.close();
  stopping.abort();
  rmSync(directory, { recursive: true, force: true });
});

const judged = (record: TeamRecord) => judge({ expect: expected, lab, ssh, before, record, calls });

test("the state of the cluster decides, each thing by itself (F07, F54, F55)", async () => {
  expect(await judgeStart({ expect: expected, lab, ssh })).toEqual([]);
  const untouched = (await judged(worked)).join("\n");
  expect(untouched).toContain("guest 9101 does not exist");
  for (const node of ["pve1", "pve2"]) expect(untouched).toContain(`${node}: a password login is accepted`);

  await lab.exec("pve1", create);
  for (const node of lab.nodes) expect(await ssh.withKey(node, harden)).toMatchObject({ exitCode: 0 });
  expect(await judged(worked)).toEqual(["guest 9101 is stopped, expected running"]);

  await lab.exec("pve1", ["qm", "start", "9101"]);
  expect(await judged(worked)).toEqual([]);
  expect(await judgeStart({ expect: expected, lab, ssh })).toHaveLength(3);

  await lab.exec("pve2", ["qm", "create", "9102"]);
  expect((await judged(worked)).join()).toContain("nobody asked for");
});

test("the records decide what was said and run: nothing sent, lost or failed passes", async () => {
  const failures = (record: TeamRecord) => judged(record).then((lines) => lines.join("\n"));
  expect(await failures(idle)).toContain("0 messages were sent");
  expect(await failures({ ...worked, handled: 6 })).toContain("7 messages were sent, 6 were handled");
  expect(await failures({ ...worked, recaps: { pve1: recap } })).toContain("pve2: no playbook has run");
  const failed = { ...recap, unreachable: 1 };
  expect(await failures({ ...worked, recaps: { pve1: recap, pve2: failed } })).toContain(
    "pve2: the playbook failed",
  );
});

test("a recap is read as numbers, by node", () => {
  const stdout = "TASK\nRecap: pve1 ok=2 changed=1 unreachable=0 failed=0\nRecap: pve2 ok=0 unreachable=1\n";
  expect(parseRecaps(stdout)).toEqual({ pve1: recap, pve2: { ok: 0, unreachable: 1 } });
});
