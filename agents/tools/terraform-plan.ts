/**
 * Saved plans: kept under the digest of their bytes where no tool looks, applied at most once. The marker of a begun
 * apply is a file, so that it outlives every agent and every store.
 */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, lstat, open, readdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError } from "../base/errors.ts";
import { readPlainFile } from "./plain-file.ts";
import { type Place, syncFolder, writeDurably } from "./terraform-place.ts";

const MAX_CHANGE_BYTES = 50 * 1024 ** 2;

const nameOf = (digest: string, isDestroy: boolean) => `${digest}${isDestroy ? ".destroy" : ""}.tfplan`;

/** Keep a plan that terraform has just written under its digest (64 hex digits), which is returned. */
export async function keepPlan({ plans }: Place, file: string, isDestroy: boolean): Promise<string> {
  const digest = await digestOf(file);
  await rename(file, join(plans, nameOf(digest, isDestroy)));
  return digest;
}

/** What was found out about a plan when it was made; where it lies no other tool looks. */
export async function keepChange({ plans }: Place, digest: string, change: object): Promise<void> {
  await writeDurably(join(plans, `${digest}.change.json`), Buffer.from(JSON.stringify(change)));
}

/** The same, as JSON. AppError `conflict` for a plan of which nothing is known. */
export async function findPlanChange({ plans }: Place, digest: string): Promise<string> {
  const file = await readPlainFile(join(plans, `${digest}.change.json`), MAX_CHANGE_BYTES);
  if (file) return file.toString();
  throw missing(await readdir(plans), digest, false);
}

/** A plan for its one apply. */
export type Claim = { digest: string; isDestroy: boolean };

/**
 * Take a plan for its one apply: from then on it is begun, for good, and `copy` is what terraform applies. AppError
 * `conflict` when it was taken before, is of the other kind, or its bytes have changed; `not_found` lists the plans
 * that are there.
 */
export async function claimPlan(
  { plans, begun }: Place,
  { digest, isDestroy }: Claim,
  copy: string,
): Promise<void> {
  const marker = join(begun, digest);
  if ((await readdir(begun)).includes(digest)) throw begunBefore(digest);
  const names = await readdir(plans);
  const name = nameOf(digest, isDestroy);
  if (!names.includes(name)) throw missing(names, digest, isDestroy);
  await copyFile(join(plans, name), copy, constants.COPYFILE_EXCL);
  if ((await digestOf(copy)) !== digest)
    throw new AppError("conflict", `The file of plan ${digest} has changed. Make a new plan.`);
  await mark(marker, digest);
  await rename(join(plans, name), join(plans, `used-${name}`));
}

/** The file of a plan that may still be applied, for looking at it. */
export async function findPlan({ plans }: Place, digest: string): Promise<string> {
  const names = await readdir(plans);
  const name = names.find(
    (candidate) => /^[0-9a-f]{64}\.(?:destroy\.)?tfplan$/.test(candidate) && candidate.startsWith(digest),
  );
  if (!name) throw missing(names, digest, false);
  return join(plans, name);
}

/** Of a plan as JSON, some dozens of guests: more would hold the agent too long. */
export const MAX_PLAN_BYTES = 2_500_000;

/** What `terraform show -json` wrote. AppError `not_allowed` above the limit: nobody can look through such a plan. */
export async function readPlan(file: string): Promise<string> {
  const { size } = await lstat(file);
  if (size <= MAX_PLAN_BYTES) return String(await readPlainFile(file, MAX_PLAN_BYTES));
  throw new AppError(
    "not_allowed",
    `The plan has ${size} bytes as JSON, at most ${MAX_PLAN_BYTES} are read: divide the module.`,
  );
}

async function digestOf(file: string): Promise<string> {
  await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  if (!(await handle.stat()).isFile())
    throw new AppError("conflict", "The plan is not a plain file. Make a new plan.");
  return createHash("sha256")
    .update(await handle.readFile())
    .digest("hex");
}

/** Exists only once, on disk before anything is applied. */
async function mark(file: string, digest: string): Promise<void> {
  const handle = await open(file, "wx").catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EEXIST" ? begunBefore(digest) : error;
  });
  await handle.writeFile(`${new Date().toISOString()}\n`);
  await handle.sync();
  await handle.close();
  await syncFolder(dirname(file));
}

function begunBefore(digest: string): AppError {
  return new AppError(
    "conflict",
    `An apply of plan ${digest} was begun before. Inspect what it did (show, state_list), then make a new plan.`,
  );
}

function missing(names: string[], digest: string, isDestroy: boolean): AppError {
  if (names.includes(nameOf(digest, !isDestroy))) {
    const [made, command] = isDestroy ? ["without", "apply"] : ["with", "destroy"];
    return new AppError(
      "conflict",
      `Plan ${digest} was made ${made} destroy: true: use command "${command}".`,
    );
  }
  const known = names.filter((name) => /^[0-9a-f]{64}\./.test(name) && name.endsWith(".tfplan"));
  const list =
    known.map((name) => name.replace(".tfplan", "")).join(", ") || "none; make one with command plan";
  return new AppError("not_found", `There is no saved plan ${digest}. Saved plans of this module: ${list}.`);
}
