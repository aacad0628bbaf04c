import { expect, test } from "vitest";
import { foldTerraform } from "./terraform-fold.ts";

const APPLY = `terraform_data.a: Refreshing state... [id=1]
terraform_data.web["x y"]: Creating...
terraform_data.web["x y"]: Provisioning with 'remote-exec'...
terraform_data.web["x y"] (remote-exec): Connecting to remote host via SSH...
terraform_data.web["x y"] (remote-exec):   Host: 10.0.0.1
terraform_data.b: Still creating... [10s elapsed]
terraform_data.web["x y"] (remote-exec):   Checking Host Key: true
terraform_data.web["x y"] (remote-exec): Connected!
terraform_data.web["x y"] (remote-exec):   Host: what a script prints
terraform_data.web["x y"] (remote-exec): Creating... a disk
terraform_data.web["x y"]: Creation complete after 1s [id=2]

Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
`;

test("of an apply remains what was done, and what a script printed", () => {
  expect(foldTerraform(APPLY)).toBe(`terraform_data.web["x y"] (remote-exec):   Host: what a script prints
terraform_data.web["x y"] (remote-exec): Creating... a disk
terraform_data.web["x y"]: Creation complete after 1s [id=2]

Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
`);
});

const PLAN = `terraform_data.a: Refreshing state... [id=1]

Terraform used the selected providers to generate the following execution
plan. Resource actions are indicated with the following symbols:
  + create
-/+ destroy and then create replacement

Terraform will perform the following actions:

  # terraform_data.a must be replaced
-/+ resource "terraform_data" "a" {
      ~ id               = "1" -> (known after apply)
      + output           = (known after apply)
      + script           = <<-EOT
            Creating...
        EOT
    }

Plan: 1 to add, 0 to change, 1 to destroy.
`;

test("of a plan remains every change, without the meaning of the signs", () => {
  const folded = foldTerraform(PLAN);
  expect(
    folded.startsWith('  # terraform_data.a must be replaced\n-/+ resource "terraform_data" "a" {\n'),
  ).toBe(true);
  expect(folded).toContain('~ id               = "1" -> (known after apply)');
  expect(folded).toContain("            Creating...\n");
  expect(folded).toContain("\n\nPlan: 1 to add, 0 to change, 1 to destroy.\n");
  expect(folded).not.toMatch(/symbols|output|Refreshing/);
});

test("of an init remains which versions were installed", () => {
  const init = `Initializing provider plugins...
- Finding bpg/proxmox versions matching "0.70.0"...
- Installing bpg/proxmox v0.70.0...
- Installed bpg/proxmox v0.70.0 (signed by a HashiCorp partner)

Terraform has been successfully initialized!
`;
  expect(foldTerraform(init)).toBe(
    "- Installed bpg/proxmox v0.70.0 (signed by a HashiCorp partner)\n\nTerraform has been successfully initialized!\n",
  );
  expect(foldTerraform("Success! The configuration is valid.\n\n\n")).toBe(
    "Success! The configuration is valid.\n\n\n",
  );
});
