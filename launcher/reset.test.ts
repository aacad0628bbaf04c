import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bindWorkspace, bondOf, labId, REAL_NODES } from "./team/workspace-bond.ts";
import { bareEnvironment, type Checkout, makeCheckout } from "./testing/checkout.ts";

let checkout: Checkout;
let lab: string;
beforeEach(() => {
  checkout = makeCheckout();
  lab = join(checkout.directory, "tmp/run/lab");
  place("generated_iac/README.md");
});
afterEach(() => checkout.remove());

function place(path: string, text = "x"): void {
  mkdirSync(dirname(join(checkout.directory, path)), { recursive: true });
  writeFileSync(join(checkout.directory, path), text);
}

/** Those that the project itself brings. */
const PROJECT_DOCUMENTS = [
  "docs/architecture.md",
  "docs/extending.md",
  "docs/failures-covered.md",
  "docs/lab.md",
];
const has = (path: string) => existsSync(join(checkout.directory, path));
const STATE = JSON.stringify({ version: 4, resources: [{ type: "terraform_data" }] });
const bind = (cluster: string) => bindWorkspace(checkout.directory, cluster);

function reset(...args: string[]) {
  const argv = ["launcher/main.ts", "reset", ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
    cwd: checkout.directory,
    env: bareEnvironment,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

test.each(["generated_iac/infra/web/terraform.tfstate", "tmp/run/terraform/web-1/state/terraform.tfstate"])(
  "a lab meets its own state again, and a new lab never an old one: %s",
  (path) => {
    bind(labId(lab));
    place(path, STATE);
    bind(labId(lab));
    rmSync(lab, { recursive: true });
    expect(() => bind(labId(lab))).toThrow(
      /is of another cluster[\s\S]*terraform\.tfstate[\s\S]*minilab reset/,
    );
    expect(() => bind(REAL_NODES)).toThrow(/Nothing was begun/);
  },
);

test("a state that knows of nothing binds nobody", () => {
  bind(labId(lab));
  place("generated_iac/infra/web/terraform.tfstate", JSON.stringify({ version: 4, resources: [] }));
  bind(REAL_NODES);
  expect(bondOf(checkout.directory)).toBe(REAL_NODES);
});

test("what an earlier version left is taken for what it can be", () => {
  place("generated_iac/infra/web/terraform.tfstate", STATE);
  expect(() => bind(labId(lab))).toThrow(/of an earlier version/); // its lab is not there any more
  rmSync(lab, { recursive: true });
  place("tmp/run/lab/cluster.json");
  bind(labId(lab)); // it is
});

test("reset removes the lab, puts the team's work away and keeps logs; the next lab may begin (O03)", () => {
  bind(labId(lab));
  place("generated_iac/infra/web/terraform.tfstate", STATE);
  for (const path of [
    "docs/team/requirements.md",
    ...PROJECT_DOCUMENTS,
    "docs/team/execution_log_QA_Tester.md",
  ])
    place(path);
  for (const path of ["client/logs/a.txt", "tmp/run/logs/QA_Tester.log"]) place(path);
  expect(reset()).toMatchObject({ status: 1, stderr: expect.stringContaining("./minilab reset --yes") });
  expect(has("docs/team/requirements.md")).toBe(true);
  const { status, stdout } = reset("--yes");
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /removes:\n {2}tmp\/run\/lab\n[\s\S]*generated_iac\/infra[\s\S]*docs\/team\/requirements\.md/,
  );
  expect(has("tmp/run/lab") || has("docs/team/requirements.md") || has("generated_iac/infra")).toBe(false);
  const kept = [
    ...PROJECT_DOCUMENTS,
    "docs/team/execution_log_QA_Tester.md",
    "client/logs/a.txt",
    "tmp/run/logs/QA_Tester.log",
  ];
  expect(kept.filter(has)).toEqual(kept);
  const [archived = ""] = globSync("tmp/archive/*/generated_iac/infra/web/terraform.tfstate", {
    cwd: checkout.directory,
  });
  expect(readFileSync(join(checkout.directory, archived), "utf8")).toBe(STATE);
  bind(labId(lab));
  expect(reset("--sure").stderr).toContain("usage: ./minilab reset");
});

test("reset does not touch what Terraform knows of real nodes", () => {
  bind(REAL_NODES);
  place("generated_iac/infra/web/terraform.tfstate", STATE);
  expect(reset("--yes")).toMatchObject({ status: 1, stderr: expect.stringContaining("for real nodes") });
  expect(has("generated_iac/infra/web/terraform.tfstate")).toBe(true);
  expect(() => bind(labId(lab))).toThrow(/another checkout/);
});
