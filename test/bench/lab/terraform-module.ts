/** A module's life with Terraform: applied, planned again, changed in place, destroyed. */
import { AppError, describeError } from "../../../agents/base/errors.ts";
import type { Change, Terraform } from "./terraform.ts";

/** `change`: null where the module has none. */
export type ModuleSteps = {
  apply: boolean;
  second_plan_empty: boolean;
  change: boolean | null;
  destroy: boolean;
};

/** `tell` is given what was wrong, and in which step. A step that cannot be tried has failed. */
export async function playModule(
  terraform: Terraform,
  tell: (step: string, text: string) => void,
): Promise<ModuleSteps> {
  const attempt = async (step: string, act: () => Promise<void>) => {
    try {
      await act();
      return true;
    } catch (error) {
      tell(step, describeError(error));
      return false;
    }
  };
  const apply = await attempt("apply", async () => {
    await terraform.run("init");
    await terraform.run("apply", "-auto-approve");
  });
  const isEmpty = apply && (await attempt("second plan", () => requireEmptyPlan(terraform)));
  const change = terraform.hasChange ? apply && (await attempt("change", () => makeChange(terraform))) : null;
  const destroy = await attempt("destroy", () => terraform.run("destroy", "-auto-approve"));
  return { apply, second_plan_empty: isEmpty, change, destroy };
}

async function requireEmptyPlan(terraform: Terraform): Promise<void> {
  const changes = await terraform.plan();
  if (changes.length > 0) throw new AppError("conflict", `not empty: ${describeAll(changes)}`);
}

async function makeChange(terraform: Terraform): Promise<void> {
  terraform.takeChange();
  const changes = await terraform.plan();
  const resources = changes.filter(({ address }) => !address.startsWith("output."));
  if (resources.length === 0 || resources.some(({ actions }) => actions !== "update"))
    throw new AppError("conflict", `not in place: ${describeAll(changes)}`);
  await terraform.run("apply", "-auto-approve");
  await requireEmptyPlan(terraform);
}

function describeAll(changes: readonly Change[]): string {
  return changes.map(({ address, actions, fields }) => `${address} ${actions} ${fields}`).join("; ");
}
