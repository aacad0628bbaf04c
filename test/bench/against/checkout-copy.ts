/** A copy of a checkout to run in: its own records, the other's packages. Nothing of what runs in the checkout is met. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { AppError } from "../../../agents/base/errors.ts";
import { productEnv } from "../../rig/product-env.ts";

/** AppError `bad_arguments` when `checkout` is none, or its packages are not installed. */
export function copyCheckout(checkout: string): { directory: string } & Disposable {
  const source = resolve(checkout);
  const packages = join(source, "node_modules");
  if (!existsSync(join(source, "launcher/main.ts")) || !existsSync(packages)) {
    throw new AppError(
      "bad_arguments",
      `${source} is no checkout with its packages: run ./minilab doctor there`,
    );
  }
  const directory = mkdtempSync(join(tmpdir(), "minilab-against-"));
  const tracked = execFileSync("git", ["-C", source, "ls-files", "-z"], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  for (const file of tracked.split("\0").filter((name) => name && existsSync(join(source, name)))) {
    cpSync(join(source, file), join(directory, file), { verbatimSymlinks: true });
  }
  symlinkSync(packages, join(directory, "node_modules"));
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) };
}

/** What a program of a copy is started with: nothing of the operator's own settings. */
export function plainEnv(directory: string): Record<string, string | undefined> {
  return { ...productEnv(), HOME: directory, TERM: "dumb" };
}
