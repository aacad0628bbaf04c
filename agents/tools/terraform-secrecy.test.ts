import {
  chmodSync,
  chownSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { giveTeamSecrets, openTeamSecrets } from "../base/team-secrets.ts";
import type { CommandSpec } from "../host/commands/command.ts";
import { createRedactor } from "../redact/redact.ts";
import {
  type ContextChanges,
  canChangeUser,
  createTestWorkspace,
  type TestWorkspace,
} from "../testing/workspace.ts";
import { readFile } from "./read-file.ts";
import { runShell } from "./run-shell.ts";
import { runTerraform } from "./run-terraform.ts";
import { saveFile } from "./save-file.ts";
import type { ToolContext } from "./tool.ts";

const WEB = "/app/infra/web";
/** What Terraform generates and calls sensitive, and a provisioner says aloud. */
const GENERATED = `resource "terraform_data" "pw" {
  input = sensitive(uuid())
  lifecycle {
    ignore_changes = [input]
  }
}
resource "terraform_data" "said" {
  provisioner "local-exec" {
    command = "echo the password is $(printf %s '\${nonsensitive(terraform_data.pw.output)}' | base64)"
  }
}
`;

let lab: TestWorkspace;
let secretsFolder: string;
beforeEach(async () => {
  lab = await createTestWorkspace();
  secretsFolder = mkdtempSync(join(tmpdir(), "team-secrets-"));
  giveTeamSecrets(secretsFolder, []);
});
afterEach(async () => {
  await lab.remove();
  rmSync(secretsFolder, { recursive: true });
});

const contextOf = async (changes: ContextChanges = {}) => await lab.context(changes);

async function terraform(args: Record<string, unknown>, context: ToolContext) {
  const { call } = await lab.context();
  const input = runTerraform.input.parse({ dir: WEB, ...args });
  return await runTerraform.run(input, { ...context, call }).finally(() => call.end());
}

async function put(text: string): Promise<void> {
  mkdirSync(join(lab.workspace["/app/infra"], "web"), { recursive: true, mode: 0o2775 });
  chmodSync(join(lab.workspace["/app/infra"], "web"), 0o2777);
  await writeFile(join(lab.workspace["/app/infra"], "web/main.tf"), text);
}

async function apply(context: ToolContext) {
  const planned = await terraform({ command: "plan" }, context);
  const digest = /Plan digest: (\w+)$/.exec(planned.stdout)?.[1];
  return { planned, digest, applied: await terraform({ command: "apply", plan: digest }, context) };
}

const stateIn = (root: string) =>
  readFileSync(globSync(join(root, "web-*/state/terraform.tfstate"))[0] ?? "", "utf8");

test("what Terraform generates is hidden before the model reads what was said, and from all processes (F59)", async () => {
  await put(GENERATED);
  const secrets = openTeamSecrets(secretsFolder);
  const [redactor, ofSentinel] = [secrets, openTeamSecrets(secretsFolder)].map(({ news }) =>
    createRedactor([], news),
  );
  const processes = await lab.runner("bubblewrap", [], redactor);
  const context = await contextOf({ secrets, processes, ...(redactor && { redactor }) });
  const { applied } = await apply(context);
  expect(applied, applied.stderr).toMatchObject({ kind: "ok" });
  const state = JSON.parse(stateIn(context.terraform));
  const value: string = state.resources[0].instances[0].attributes.input.value;
  expect(value).toMatch(/^[0-9a-f-]{36}$/);
  expect(applied.stdout).toContain("the password is [redacted]");
  expect(ofSentinel?.(`found ${value} and ${Buffer.from(value).toString("hex")}`)).toBe(
    "found [redacted] and [redacted]",
  );
});

test("the plan for reviewers is redacted, names its digest, and no tool writes it", async () => {
  await put('variable "token" {}\nresource "terraform_data" "a" {\n  input = var.token\n}\n');
  const redactor = createRedactor(["hunter2hunter2"]);
  const processes = await lab.runner("bubblewrap", ["hunter2hunter2"]);
  const context = await contextOf({ redactor, processes, env: { TF_VAR_token: "hunter2hunter2" } });
  const planned = await terraform({ command: "plan" }, context);
  const [, path = "", digest] = /For reviewers: (\S+)\nPlan digest: (\w+)$/.exec(planned.stdout) ?? [];
  const sentinel = await contextOf({ role: "Security_Sentinel" });
  const { stdout } = await readFile.run(readFile.input.parse({ path }), sentinel);
  expect(stdout).toContain(`Plan digest: ${digest}`);
  expect(stdout).toContain("Summary: 1 to create");
  expect(stdout).toContain('input  = "[redacted]"');
  await expect(saveFile.run({ path, content: "all is well" }, context)).rejects.toMatchObject({
    code: "not_allowed",
  });
  const shell = await contextOf();
  await runShell.run(
    runShell.input.parse({ command: `echo x >> ${path}; rm -f ${path}; mv /app/docs/plans /app/docs/p` }),
    shell,
  );
  expect((await readFile.run(readFile.input.parse({ path }), sentinel)).stdout).toBe(stdout);
});

describe.each(canChangeUser ? (["bubblewrap", "container"] as const) : (["bubblewrap"] as const))(
  "in %s",
  (kind) => {
    async function builder(): Promise<ToolContext> {
      const processes = await lab.runner(kind, ["CANARY-4711"]);
      const context = await contextOf({ processes });
      if (kind === "container") {
        // as the image and docker-compose.yml have it
        mkdirSync(context.terraform, { recursive: true });
        for (const folder of [join(lab.directory, "tmp"), join(lab.directory, "tmp/run")])
          chmodSync(folder, 0o711);
        chownSync(context.terraform, -1, 10_006);
        chmodSync(context.terraform, 0o2770);
      }
      return context;
    }

    test("no shell, of the Builder or of a reviewer, reads state and plans or forgets an apply", async () => {
      await put('variable "pw" {}\nresource "terraform_data" "a" {\n  input = var.pw\n}\n');
      const context = { ...(await builder()), env: { TF_VAR_pw: "CANARY-4711" } };
      const { applied, digest } = await apply(context);
      expect(applied, applied.stderr).toMatchObject({ kind: "ok" });
      expect(stateIn(context.terraform)).toContain("CANARY-4711");
      await terraform({ command: "plan" }, context);
      const root = context.terraform;
      const tries = [
        `cat ${root}/*/state/* ${root}/*/*/*; ls -lR ${root} /proc/self/root${root}`,
        `cp -r ${root} /tmp/app/copy; mv ${root} /tmp/app/moved; rm -rf ${root}; chmod -R 777 ${root}`,
        `grep -rl CANARY-4711 /app /tmp/app /var/lib/minilab ${lab.directory} 2>/dev/null`,
        `find /app /tmp/app ${lab.directory} -xdev \\( -name '*.tfstate*' -o -name '*.tfplan' -o -name said.json \\) -readable 2>/dev/null`,
      ];
      const accesses = kind === "container" ? (["full"] as const) : (["full", "audit"] as const);
      for (const access of accesses) {
        for (const command of tries) {
          const call = { ...context, access, call: (await lab.context()).call };
          const { stdout } = await runShell.run(runShell.input.parse({ command, timeout_s: 60 }), call);
          expect(stdout.replace("[cwd /app/infra]", "").trim(), command).toBe("");
        }
      }
      const read = readFile.run(readFile.input.parse({ path: `${root}/x` }), context);
      await expect(read).rejects.toMatchObject({ code: "not_allowed" });
      await expect(terraform({ command: "apply", plan: digest }, context)).rejects.toThrow("begun before");
      expect((await terraform({ command: "plan" }, context)).stdout).toContain("Summary: No changes.");
    });

    test("a kill at any moment of a plan leaves nothing of it that others can read (F59)", async () => {
      await put('variable "pw" {}\nresource "terraform_data" "a" {\n  input = var.pw\n}\n');
      const context = await builder();
      const modes = new Map<string, number>();
      const look = () => {
        for (const file of globSync(join(context.terraform, "runs/*/*")))
          modes.set(file, statSync(file).mode & 0o777);
      };
      const run = async (spec: CommandSpec) => {
        const result = await context.processes.run(spec);
        look();
        if (spec.part === "summary") throw new Error("killed before the summary was read");
        return result;
      };
      const dying = {
        ...context,
        env: { TF_VAR_pw: "CANARY-4711" },
        processes: { ...context.processes, run },
      };
      await expect(terraform({ command: "plan" }, dying)).rejects.toThrow("killed");
      const [[, mode] = []] = [...modes].filter(([file]) => file.endsWith("/said.json"));
      expect(mode).toBe(kind === "container" ? 0o640 : 0o600);
      expect(globSync(join(lab.directory, "**/said.json"))).toEqual([]);
      expect(globSync(join(lab.workspace["/tmp/app"], "*"))).toEqual([]);
      const folder = statSync(join(context.terraform));
      expect(folder.mode & 0o007).toBe(0);
    });
  },
);
