import { describe, expect, it } from "vitest";
import { ROLES } from "../protocol/roles.ts";
import { createRedactor } from "../redact/redact.ts";
import { toolsOf } from "../tools/permissions.ts";
import { coerceArguments } from "./coerce-arguments.ts";
import { plainSchema } from "./model/tool-schema.ts";
import { prepareCall } from "./tool-call.ts";

const builder = toolsOf("DevOps_Builder");
const redactor = createRedactor([]);

function prepared(tool: string, args: object) {
  const request = { id: "1", tool, args: JSON.parse(JSON.stringify(args)) };
  return prepareCall({ tools: builder, redactor }, request as Parameters<typeof prepareCall>[1], 1);
}

const PLAY = { playbook: "/app/config/site.yml" };

describe("arguments", () => {
  it.each([
    ["run_ansible", { ...PLAY, check: "true", diff: "false" }],
    ["run_ansible", { ...PLAY, timeout_s: "60", limit: null }],
    ["run_ansible", { ...PLAY, tags: "ssh" }],
    ["run_ansible", { ...PLAY, tags: '["ssh","firewall"]', extra_vars: '{"size": 3}' }],
    ["run_ansible", { ...PLAY, module: "", inventory: "", limit: "" }],
    ["run_terraform", { command: "plan", dir: "/app/infra/web", plan: "", resource: "", upgrade: false }],
    ["run_terraform", { command: "init", dir: "/app/infra/web", destroy: false }],
    ["read_file", { path: "/app/docs/x.md", offset: "5", limit: "20" }],
    ["run_ssh", { host: "pve1", command: "id", timeout_s: " 30 " }],
    ["save_file", { path: "/app/docs/x.md", content: 42 }],
  ])("whose meaning is clear are taken: %s %j (R21)", (tool, args) => {
    expect(prepared(tool, args).kind).toBe("ready");
  });

  it.each([
    ["run_ansible", { ...PLAY, check: "yes please" }],
    ["run_ansible", { ...PLAY, tags: "ssh, firewall" }],
    ["run_ansible", { ...PLAY, timeout_s: "1e9" }],
    ["run_ansible", { ...PLAY, extra_vars: "size=3" }],
    ["run_ansible", { ...PLAY, unknown: null }],
    ["run_ssh", { host: "pve1" }],
    ["run_ssh", { host: null, command: "id" }],
  ])("whose meaning is not are refused with a call that works: %s %j (R21)", (tool, args) => {
    const refusal = prepared(tool, args);
    if (refusal.kind !== "refused") throw new Error("was taken");
    const [, example = ""] = /\nA call that works: (\{.*\})$/.exec(refusal.result.stderr) ?? [];
    expect(prepared(tool, JSON.parse(example)).kind).toBe("ready");
  });

  it("keep the types that a tool hands on", () => {
    const schema = plainSchema(builder.get("run_ansible")?.tool.input as Parameters<typeof plainSchema>[0]);
    const extra_vars = { on: "true", size: "3", list: "[1]", none: null };
    expect(coerceArguments({ ...PLAY, extra_vars }, schema)).toEqual({ ...PLAY, extra_vars });
    expect(coerceArguments("text", schema)).toBe("text");
    expect(coerceArguments({ __proto__: 1, constructor: "true" }, schema)).toEqual({ constructor: "true" });
  });
});

it("each tool of each role has an example that its role may call (R21)", () => {
  const without = ROLES.flatMap((role) =>
    [...toolsOf(role).values()].flatMap(({ tool, access }) => {
      if (!tool.example) return [tool.name];
      const parsed = tool.input.safeParse(tool.example);
      expect(parsed.error, `${role} ${tool.name}`).toBeUndefined();
      if (access === "audit") expect(tool.audit?.(parsed.data), `${role} ${tool.name}`).toBeUndefined();
      return [];
    }),
  );
  expect(without.filter((name) => name !== "edit_file")).toEqual([]);
});

it("a role that only looks is told what it can do, not what others can (R21)", () => {
  for (const role of ["Security_Sentinel", "QA_Tester"] as const) {
    const terraform = toolsOf(role).get("run_terraform")?.tool;
    const offered = JSON.stringify(plainSchema(terraform?.input as Parameters<typeof plainSchema>[0]));
    expect(terraform?.description).not.toMatch(/apply|destroy/);
    expect(offered).not.toMatch(/apply|upgrade/);
    const ansible = toolsOf(role).get("run_ansible")?.tool;
    expect(JSON.stringify(plainSchema(ansible?.input as Parameters<typeof plainSchema>[0]))).not.toMatch(
      /extra_vars|"play"/,
    );
    expect(toolsOf(role).get("run_shell")?.tool.description).toContain("nothing can be written");
  }
});
