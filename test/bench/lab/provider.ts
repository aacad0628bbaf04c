/**
 * Terraform with the provider bpg/proxmox against the lab: each module in a lab of its own is applied, planned again,
 * changed in place and destroyed. NAME.tf is a module, NAME_override.tf (as Terraform merges it) is its change; the
 * provider's block is made here, in the place of a provider.tf.
 */
import { existsSync, globSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { AppError } from "../../../agents/base/errors.ts";
import { startLab } from "../../../lab/lab.ts";
import { removeLab } from "../../../lab/machines/remove-lab.ts";
import type { Outcome } from "../../rig/benchmark.ts";
import { leftOver } from "./left-over.ts";
import { createTerraform, PROVIDER } from "./terraform.ts";
import { type ModuleSteps, playModule } from "./terraform-module.ts";

export const MODULES = join(import.meta.dirname, "modules");

/** What the modules may use besides a template VM 9000: snippets in `local`, and the image of a container. */
const PREPARATIONS = [
  ["pvesm", "set", "local", "--content", "iso,vztmpl,backup,import,snippets"],
  ["pveam", "download", "local", "debian-13-standard_13.1-2_amd64.tar.zst"],
  // The provider takes options of the cluster that were there before for its own: it stumbles over them, and removes them.
  ["pvesh", "set", "/cluster/options", "--delete", "keyboard"],
];

export type ModuleFigures = ModuleSteps & {
  /** Entries of the cluster's state that were not there before, or no longer are. */
  left: number;
};

/** `modules`: the folder with them; `only`: one of its modules, all without. `mirror`: TF_MIRROR. */
type Asked = { modules: string; only: string; mirror: string | undefined };

export async function judgeProvider(asked: Asked, signal: AbortSignal): Promise<Outcome> {
  const mirror = requireMirror(asked.mirror);
  const folder = resolve(asked.modules);
  const names = globSync("*.tf", { cwd: folder })
    .map((file) => basename(file, ".tf"))
    .filter((name) => name !== "provider" && !name.endsWith("_override"))
    .filter((name) => !asked.only || name === asked.only)
    .sort();
  const provider: Record<string, ModuleFigures> = {};
  for (const name of names) provider[name] = await judgeModule({ folder, name, mirror }, signal);
  const held = Object.values(provider).filter(isHeld).length;
  return {
    ok: names.length > 0 && held === names.length,
    figures: { provider, modules: names.length, held },
  };
}

function requireMirror(mirror: string | undefined): string {
  const wanted = mirror && join(resolve(mirror), PROVIDER);
  if (wanted && existsSync(wanted)) return resolve(mirror);
  throw new AppError(
    "missing_requirement",
    `${wanted ? `there is no ${wanted}` : "TF_MIRROR is not set"}: it names a folder with the provider, as ` +
      "`terraform providers mirror DIR` makes it in a folder with a module that requires bpg/proxmox",
  );
}

function isHeld({ apply, second_plan_empty, change, destroy, left }: ModuleFigures): boolean {
  return apply && second_plan_empty && change !== false && destroy && left === 0;
}

type Module = { folder: string; name: string; mirror: string };

/** Prints what went wrong. */
async function judgeModule(module: Module, signal: AbortSignal): Promise<ModuleFigures> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "minilab-provider-"));
  stack.defer(() => removeLab(directory));
  const lab = await startLab({ directory: join(directory, "lab"), start: "day3", signal });
  stack.defer(lab.close);
  for (const argv of PREPARATIONS) await lab.exec("pve1", argv);
  const tell = (step: string, text: string) => console.log(`${module.name}: ${step}: ${text}`);
  const place = { directory: join(directory, "module"), mirror: module.mirror, module };
  const terraform = createTerraform(lab, place, signal);
  const before = await lab.state();
  const steps = await playModule(terraform, tell);
  const left = leftOver(before, await lab.state());
  for (const entry of left) tell("left", entry);
  return { ...steps, left: left.length };
}
