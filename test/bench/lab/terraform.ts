/** Terraform in a folder of its own, with a module, the provider's block for a lab, and a mirror in the place of the registry. */
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { broughtPrograms } from "../../../agents/host/commands/brought-programs.ts";
import type { Lab } from "../../../lab/lab.ts";

/** Below a mirror. */
export const PROVIDER = "registry.terraform.io/bpg/proxmox";

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const NO_COLOR = "-no-color";

/** What a plan does to a resource or an output: `update`, `delete create`...; `fields`: which of them differ, as JSON. */
export type Change = { address: string; actions: string; fields: string };

export type Terraform = {
  /** Whether the module has one, which is not in its folder yet. */
  hasChange: boolean;
  /** Without questions; rejects with what it has written to stderr. */
  run(command: "init" | "apply" | "destroy", ...args: string[]): Promise<void>;
  /** What a plan would do; that the state learns something by it is nothing. */
  plan(): Promise<Change[]>;
  /** Puts the change into the folder. */
  takeChange(): void;
};

export type TerraformPlace = {
  /** Made. */
  directory: string;
  mirror: string;
  module: { folder: string; name: string };
};

export function createTerraform(lab: Lab, place: TerraformPlace, signal: AbortSignal): Terraform {
  const { directory, module } = place;
  const changeFile = `${module.name}_override.tf`;
  const env = prepare(lab, place);
  const call = async (...args: string[]) => {
    const options = { cwd: directory, env, signal, maxBuffer: MAX_OUTPUT_BYTES };
    return (await promisify(execFile)("terraform", args, options)).stdout;
  };
  return {
    hasChange: existsSync(join(module.folder, changeFile)),
    run: async (command, ...args) => void (await call(command, NO_COLOR, "-input=false", ...args)),
    plan: async () => {
      await call("plan", NO_COLOR, "-input=false", "-out=plan.bin");
      return changesOf(await call("show", NO_COLOR, "-json", "plan.bin"));
    },
    takeChange: () => copyFileSync(join(module.folder, changeFile), join(directory, changeFile)),
  };
}

/** Fills the folder; the result is the environment. */
function prepare(lab: Lab, { directory, mirror, module }: TerraformPlace): Record<string, string> {
  mkdirSync(directory, { recursive: true });
  copyFileSync(join(module.folder, `${module.name}.tf`), join(directory, `${module.name}.tf`));
  writeFileSync(join(directory, "provider.tf"), providerBlock(lab));
  const config = join(directory, "terraform.rc");
  writeFileSync(config, `provider_installation {\n  filesystem_mirror {\n    path = "${mirror}"\n  }\n}\n`);
  return {
    PATH: broughtPrograms(process.env["MINILAB_PROGRAMS"]).systemPath,
    HOME: directory,
    SSL_CERT_FILE: lab.caFile,
    TF_CLI_CONFIG_FILE: config,
    TF_IN_AUTOMATION: "1",
    CHECKPOINT_DISABLE: "1",
  };
}

function providerBlock({ nodes, apiUrl, privateKeyFile, issueToken }: Lab): string {
  const places = nodes.map(
    ({ name, host, port }) =>
      `    node {\n      name    = "${name}"\n      address = "${host}"\n      port    = ${port}\n    }\n`,
  );
  return `terraform {
  required_providers {
    proxmox = {
      source = "bpg/proxmox"
    }
  }
}
provider "proxmox" {
  endpoint  = "${apiUrl}/"
  api_token = "${issueToken("terraform")}"
  ssh {
    username    = "root"
    private_key = file("${privateKeyFile}")
${places.join("")}  }
}
`;
}

type Values = Record<string, unknown> | null;
type Planned = { actions: string[]; before?: unknown; after?: unknown };
type Plan = {
  resource_changes?: { address: string; change: Planned }[];
  output_changes?: Record<string, Planned>;
};

export function changesOf(json: string): Change[] {
  const { resource_changes: resources = [], output_changes: outputs = {} } = JSON.parse(json) as Plan;
  const all = [
    ...resources.map(({ address, change }) => changeOf(address, change)),
    ...Object.entries(outputs).map(([name, change]) => changeOf(`output.${name}`, change)),
  ];
  return all.filter(({ actions }) => actions !== "no-op" && actions !== "read");
}

function changeOf(address: string, { actions, before, after }: Planned): Change {
  const [old, now] = [before, after].map((value) => (typeof value === "object" ? (value as Values) : null));
  const names = Object.keys({ ...old, ...now }).filter(
    (name) => JSON.stringify(old?.[name]) !== JSON.stringify(now?.[name]),
  );
  const fields = actions.includes("update")
    ? names.map((name) => [name, { from: old?.[name], to: now?.[name] }])
    : [];
  return { address, actions: actions.join(" "), fields: JSON.stringify(Object.fromEntries(fields)) };
}
