/** Roles that only look: none of their tools changes anything, whatever it is given. */
import { describe, expect, test } from "vitest";
import { ROLE_LIMITS } from "../governance/gate.ts";
import { ROLES } from "../protocol/roles.ts";
import { toolsOf } from "./permissions.ts";
import type { ToolContext } from "./tool.ts";

const looking = ROLES.filter((role) => ROLE_LIMITS[role] === "read");
/**
 * They have no way to write; verdict and check are records: what the one lets happen goes through the gate, and the other
 * runs what was recorded only where it is certain to read.
 */
const READERS = ["read_file", "read_env", "fetch_webpage", "show_change", "record_verdict", "record_check"];
/** What would change something, were it let. run_shell is let, in a sandbox that cannot be written. */
const CHANGING: Readonly<Record<string, readonly object[]>> = {
  run_ssh: [
    "touch /x",
    "qm destroy 9101",
    "systemctl restart ssh",
    "echo x > /etc/x",
    "bash -c 'rm -r /x'",
  ].map((command) => ({ host: "pve1", command })),
  run_terraform: ["init", "plan", "apply", "destroy", "state_list", "output"].map((command) => ({
    ...{ command, dir: "/app/infra/web", plan: "0".repeat(64) },
  })),
  run_ansible: [{}, { check: true }].map((more) => ({
    command: "play",
    playbook: "/app/config/site.yml",
    ...more,
  })),
  run_shell: [],
};

describe.each(looking)("%s", (role) => {
  const tools = [...toolsOf(role)];

  test("has no tool but readers and those that are bound to looking (F33, R33)", () => {
    for (const [name, { access }] of tools) {
      if (READERS.includes(name)) expect(access).toBe("full");
      else expect([name, access, name in CHANGING]).toEqual([name, "audit", true]);
    }
  });

  test("whatever it is given, no call has an effect but reading (F33)", () => {
    for (const [name, { tool }] of tools) {
      for (const input of [tool.example, ...(CHANGING[name] ?? [])]) expect(tool.effect(input)).toBe("read");
    }
  });

  test("what would change something is refused before anything is begun (F33, R33)", async () => {
    for (const [name, { tool }] of tools) {
      for (const input of CHANGING[name] ?? [])
        await expect(tool.run(input, {} as ToolContext)).rejects.toMatchObject({ code: "not_allowed" });
    }
  });
});

test("these are the reviewer and the tester", () => {
  expect(looking).toEqual(["Security_Sentinel", "QA_Tester"]);
});
