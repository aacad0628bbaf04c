import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeError } from "../base/errors.ts";
import { createTestWorkspace, type TestWorkspace } from "../testing/workspace.ts";
import { readEnv } from "./read-env.ts";
import type { ToolContext } from "./tool.ts";

const env = {
  LLM_MODEL: "gpt-5-mini",
  SSH_USER: "",
  TF_VAR_region: "home",
  TF_VAR_root_pw: "t-0p-s3cret",
  TF_VAR_db_pwd: "t-0p-s3cret",
  TF_VAR_basic_auth: "t-0p-s3cret",
  TF_VAR_card_pin: "t-0p-s3cret",
  TF_VAR_ssh_keys: "t-0p-s3cret",
  TF_VAR_api_token: "t-0p-s3cret",
  TF_VAR_PM_PASS: "t-0p-s3cret",
  OPENAI_API_KEY: "t-0p-s3cret",
  PM_PASS: "t-0p-s3cret",
  BOOTSTRAP_SSH_KEY: "t-0p-s3cret",
  AUDIT_PASSPHRASE: "t-0p-s3cret",
  REDIS_URL: "redis://:t-0p-s3cret@redis:6379",
  STORAGE: "local-lvm",
  READABLE_ENV: "STORAGE, OPENAI_API_KEY, TF_VAR_region,TF_VAR_api_token UNSET",
};

describe("read_env", () => {
  let lab: TestWorkspace;
  let context: ToolContext;
  beforeAll(async () => {
    lab = await createTestWorkspace();
    context = await lab.context({ env });
  });
  afterAll(() => lab.remove());
  const read = (name: string) => readEnv.run({ name }, context);

  it("answers for what is on the list, the operator's additions included", async () => {
    expect((await read("LLM_MODEL")).stdout).toBe("LLM_MODEL=gpt-5-mini");
    expect((await read("TF_VAR_region")).stdout).toBe("TF_VAR_region=home");
    expect((await read("STORAGE")).stdout).toBe("STORAGE=local-lvm");
    expect((await read("UNSET")).stdout).toBe("UNSET is not set.");
    expect((await read("SSH_USER")).stdout).toBe("SSH_USER is not set.");
  });

  it("without a name lists what there is, and no value (R21)", async () => {
    const { stdout } = await readEnv.run({}, context);
    expect(stdout).toContain("LLM_MODEL: set\n");
    expect(stdout).toContain("SSH_USER: not set\n");
    expect(stdout).toContain("TF_VAR_root_pw: set (value hidden)");
    expect(stdout).not.toMatch(/t-0p|OPENAI|PM_PASS: set\n|home/);
  });

  it("says of a Terraform variable only that it is set, unless the operator released its name (F63)", async () => {
    const closed = Object.keys(env).filter((name) => /^TF_VAR_(?!region)/.test(name));
    expect(closed).toHaveLength(7);
    for (const name of closed) expect((await read(name)).stdout).toBe(`${name} is set (value hidden).`);
  });

  it("answers the same for what is denied and what does not exist (F63)", async () => {
    const names = Object.keys(env).filter((name) => !/^TF_VAR_|^LLM_MODEL$|^STORAGE$|^SSH_USER$/.test(name));
    const answers = await Promise.all(
      [...names, "NO_SUCH_NAME", "TF_VAR_none_token", "ALL", "*", "__proto__", "constructor"].map((name) =>
        read(name).then(
          (result) => result.stdout,
          (error: unknown) => describeError(error).replace(name, "<name>"),
        ),
      ),
    );
    const readable = "LLM_MODEL, PROXMOX_NODES, SSH_USER, AGENT_ROLE, TZ, STORAGE, TF_VAR_region, UNSET";
    expect(new Set(answers)).toEqual(
      new Set([`<name> is not readable for agents, whether it is set or not. Readable: ${readable}.`]),
    );
  });
});
