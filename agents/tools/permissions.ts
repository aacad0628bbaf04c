/** Which role may use which tool, and how. To give or take a tool, change a row here. */
import type { Role } from "../protocol/roles.ts";

export type Access = "full" | "audit" | "docs";

/** `docs`: files under /app/docs only. `audit`: by construction unable to change anything. */
export const PERMISSIONS = {
  Architect_Zero: { save_file: "docs", append_file: "docs", read_file: "docs" },
  DevOps_Builder: {
    save_file: "full",
    append_file: "full",
    read_file: "full",
    delete_file: "full",
    read_env: "full",
    run_terraform: "full",
    run_ansible: "full",
    run_shell: "full",
    run_ssh: "full",
    fetch_webpage: "full",
  },
  Security_Sentinel: { read_file: "full", read_env: "full", run_shell: "audit" },
  QA_Tester: { run_shell: "audit", read_file: "full", run_ssh: "full", fetch_webpage: "full" },
} as const satisfies Record<Role, Record<string, Access>>;
