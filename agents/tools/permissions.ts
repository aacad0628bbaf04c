/** Which role may use which tool, and how. To give, take or add a tool, change a row here. */
import { ROLES, type Role } from "../protocol/roles.ts";
import { appendFile } from "./append-file.ts";
import { audited } from "./audited.ts";
import { deleteFile } from "./delete-file.ts";
import { docsOnly } from "./docs-only.ts";
import { editFile } from "./edit-file.ts";
import { fetchWebpage } from "./fetch-webpage.ts";
import { readEnv } from "./read-env.ts";
import { readFile } from "./read-file.ts";
import { recordCheck } from "./record-check.ts";
import { recordCriteria } from "./record-criteria.ts";
import { recordVerdict } from "./record-verdict.ts";
import { runAnsible } from "./run-ansible.ts";
import { runShell } from "./run-shell.ts";
import { runSsh } from "./run-ssh.ts";
import { runTerraform } from "./run-terraform.ts";
import { saveFile } from "./save-file.ts";
import { showChange } from "./show-change.ts";
import type { Access, Tool } from "./tool.ts";

type Row = readonly [tool: Tool, access: Partial<Record<Role, Access>>];

const TABLE: readonly Row[] = [
  [saveFile, { Architect_Zero: "docs", DevOps_Builder: "full" }],
  [editFile, { Architect_Zero: "docs", DevOps_Builder: "full" }],
  [appendFile, { Architect_Zero: "docs", DevOps_Builder: "full" }],
  [
    readFile,
    { Architect_Zero: "docs", DevOps_Builder: "full", Security_Sentinel: "full", QA_Tester: "full" },
  ],
  [deleteFile, { DevOps_Builder: "full" }],
  [readEnv, { DevOps_Builder: "full", Security_Sentinel: "full" }],
  [runTerraform, { DevOps_Builder: "full", Security_Sentinel: "audit", QA_Tester: "audit" }],
  [runAnsible, { DevOps_Builder: "full", Security_Sentinel: "audit", QA_Tester: "audit" }],
  [runShell, { DevOps_Builder: "full", Security_Sentinel: "audit", QA_Tester: "audit" }],
  [runSsh, { DevOps_Builder: "full", QA_Tester: "audit" }],
  [showChange, { Security_Sentinel: "full" }],
  [recordVerdict, { Security_Sentinel: "full" }],
  [recordCriteria, { Architect_Zero: "full" }],
  [recordCheck, { QA_Tester: "full" }],
  [fetchWebpage, { DevOps_Builder: "full", QA_Tester: "full" }],
];

/** A role's tools by name, with what it may do with each. `inner` may put another tool of that name behind the gates. */
export function toolsOf(
  role: Role,
  inner: (tool: Tool) => Tool = (tool) => tool,
): ReadonlyMap<string, { tool: Tool; access: Access }> {
  const rows = TABLE.flatMap(([tool, roles]) => {
    const access = roles[role];
    if (!access) return [];
    return [[tool.name, { tool: facing(inner(tool), access), access }] as const];
  });
  return new Map(rows);
}

/** The tool as a role with this access gets it. */
function facing(tool: Tool, access: Access): Tool {
  if (access === "audit") return audited(tool);
  return access === "docs" ? docsOnly(tool) : tool;
}

/** The same table by role, without the tools themselves. */
export const PERMISSIONS: Readonly<Record<Role, Readonly<Record<string, Access>>>> = Object.fromEntries(
  ROLES.map((role) => [
    role,
    Object.fromEntries([...toolsOf(role)].map(([name, { access }]) => [name, access])),
  ]),
) as Record<Role, Record<string, Access>>;
