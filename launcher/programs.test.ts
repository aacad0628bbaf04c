/** The programs that `./minilab` brings: the download of Terraform against a server here, Ansible as it was brought. */
import { execFile, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { didLess } from "../agents/testing/did-less.ts";
import { serveArchive, serveTerraform } from "../test/rig/terraform-archive.ts";
import { PROJECT_DIR } from "./team/project.ts";

const PYTHON = "/usr/bin/python3";
const script = (name: string) => join(PROJECT_DIR, "launcher/programs", name);

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "programs-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Not blocking: the server that it asks is in this process. */
function bring(address: string, folder: string): Promise<{ code: number | null; stderr: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number | null; stderr: string }>();
  const env = { PATH: process.env["PATH"] ?? "", TERRAFORM_RELEASES: address };
  const child = execFile(PYTHON, [script("terraform.py"), folder], { env }, (_, __, stderr) =>
    resolve({ code: child.exitCode, stderr }),
  );
  return promise;
}

test("Terraform is fetched once, and is the program whose checksum is pinned", async () => {
  await using archive = await serveTerraform();
  if (!archive)
    return didLess("Terraform was not fetched: this machine has another version than the pinned one");
  const folder = join(directory, "terraform");
  expect(await bring(archive.address, folder)).toEqual({ code: 0, stderr: "" });
  const version = spawnSync(join(folder, "terraform"), ["version", "-json"], { encoding: "utf8" });
  expect(version.stdout).toContain('"terraform_version"');
  const before = statSync(join(folder, "terraform")).mtimeMs;
  expect((await bring("http://127.0.0.1:9/nowhere", folder)).code).toBe(0);
  expect(statSync(join(folder, "terraform")).mtimeMs).toBe(before);
  writeFileSync(join(folder, "terraform"), "another");
  expect((await bring(archive.address, folder)).code).toBe(0);
  expect(statSync(join(folder, "terraform")).size).toBeGreaterThan(1_000_000);
});

test("another program under its name is not taken, nor is a place without one", async () => {
  await using archive = await serveArchive(Buffer.from("#!/bin/sh\necho I am Terraform\n"));
  const folder = join(directory, "forged");
  const forged = await bring(archive.address, folder);
  expect(forged).toMatchObject({ code: 1 });
  expect(forged.stderr).toContain("its checksum is");
  const nowhere = await bring("http://127.0.0.1:9/nowhere", folder);
  expect(nowhere.stderr).toContain("cannot be fetched from http://127.0.0.1:9/nowhere/");
  expect(existsSync(folder)).toBe(false);
});

/** A registry that is none; pip does not try again. */
const NO_PYPI = {
  PATH: "/usr/bin:/bin",
  HOME: "/nonexistent",
  PIP_INDEX_URL: "http://127.0.0.1:9/simple",
  PIP_RETRIES: "0",
};

test("without a way to PyPI it is one line that says so, and nothing is left", () => {
  const folder = join(directory, "ansible");
  const run = spawnSync(PYTHON, [script("ansible.py"), folder], { encoding: "utf8", env: NO_PYPI });
  expect(run.status).toBe(1);
  expect(run.stdout + run.stderr).toMatch(
    /^Ansible cannot be brought; it needs a network to PyPI\. pip install says: ERROR: .{1,300}\n$/,
  );
  expect(readdirSync(directory).filter((name) => name.includes("ansible"))).toEqual([]);
});

test("where its checksum is not known, only a Terraform that is there already is taken", () => {
  const folder = join(directory, "elsewhere");
  const asElsewhere = `import platform, runpy, sys; platform.machine = lambda: "riscv64"; sys.argv = ["", sys.argv[2]]; runpy.run_path("${script("terraform.py")}", run_name="__main__")`;
  const bringElsewhere = () => spawnSync(PYTHON, ["-c", asElsewhere, "-", folder], { encoding: "utf8" });
  expect(bringElsewhere().stderr).toContain("no checksum of Terraform for riscv64 is known");
  mkdirSync(folder);
  writeFileSync(join(folder, "terraform"), "of the image for this machine");
  expect(bringElsewhere().status).toBe(0);
});

test("every package of Ansible is pinned by checksum, and its core is 2.19 or later (R42)", () => {
  for (const name of ["ansible-requirements.txt", "ansible-collections.txt"]) {
    const entries = readFileSync(script(name), "utf8").split(/\n(?=\S)/);
    for (const entry of entries) expect(entry).toMatch(/^[\w.-]+==[\w.]+.*\n\s+--hash=sha256:[0-9a-f]{64}/);
  }
  expect(readFileSync(script("ansible-requirements.txt"), "utf8")).toMatch(
    /^ansible-core==2\.(?:19|[2-9]\d)\./m,
  );
});

test("the collections that the team works with are there, and can be asked for (R42)", () => {
  const program = join(PROJECT_DIR, ".programs/ansible/bin/ansible-galaxy");
  if (!existsSync(program)) return didLess("Ansible's collections were not looked at: ./minilab brings them");
  const { stdout } = spawnSync(program, ["collection", "list"], { encoding: "utf8" });
  for (const name of [
    ...["ansible.posix", "community.general", "community.crypto", "community.proxmox", "kubernetes.core"],
  ])
    expect(stdout).toContain(`${name} `);
  const modules = ["ansible.posix.sysctl", "community.proxmox.proxmox_kvm", "kubernetes.core.k8s"];
  const doc = spawnSync(program.replace("-galaxy", "-doc"), modules, { encoding: "utf8" });
  expect(doc.status, doc.stderr).toBe(0);
  const wants = "import proxmoxer, kubernetes, requests; print('there')";
  const env = { PATH: "/usr/bin", PYTHONPATH: join(PROJECT_DIR, ".programs/ansible/lib") };
  expect(spawnSync(PYTHON, ["-c", wants], { encoding: "utf8", env }).stdout).toBe("there\n");
});
