/**
 * The files of guests, a folder for each copy of an operating system that the cluster's state knows: made of the copy that it
 * came from as that is by then, or of an image; gone when no volume and no snapshot has it any more.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterState, SystemCopy } from "../cluster/state.ts";
import { copyLabFolder } from "../machines/copy-lab-folder.ts";
import { oneAtATime } from "../machines/one-at-a-time.ts";
import { removeLab } from "../machines/remove-lab.ts";
import { makeGuestFiles } from "./guest-files.ts";
import { guestOs } from "./guest-os.ts";

const ID = /^[\w-]{1,40}$/;
const UNTOUCHED = ".untouched";
const DRAFT = ".draft";

export type SystemCopies = {
  /** After each change of the state; copies are made one after the other. */
  follow(state: ClusterState): Promise<void>;
  /** The folder of one, made when it is not there yet. Undefined for an operating system that the lab has not. */
  folder(copy: SystemCopy): Promise<string | undefined>;
};

/** `owner` is the lab's root; what is used stays until it is not, and is gone after the next change. */
export function createSystemCopies(
  directory: string,
  { owner, isUsed }: { owner: { uid: number; gid: number }; isUsed: (id: string) => boolean },
): SystemCopies {
  const [images, copies] = [join(directory, "images"), join(directory, "copies")];
  let last: Promise<unknown> = Promise.resolve();
  const queued = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.catch(() => {});
    return next;
  };
  const imageOf = (name: string): string | undefined => {
    const os = guestOs(name);
    const place = join(images, name);
    if (os && !existsSync(place)) {
      makeGuestFiles(`${place}.new`, os, owner);
      renameSync(`${place}.new`, place);
    }
    return os && place;
  };
  const make = async ({ os, id, from }: SystemCopy): Promise<string | undefined> => {
    const place = join(copies, id);
    if (!ID.test(id) || existsSync(place)) return ID.test(id) ? place : undefined;
    const isNew = existsSync(`${place}${UNTOUCHED}`) || !isKept(from);
    const source = isNew ? imageOf(os) : join(copies, from);
    if (source === undefined) return undefined;
    mkdirSync(copies, { recursive: true });
    await removeLab(`${place}${DRAFT}`);
    await copyLabFolder(source, `${place}${DRAFT}`);
    renameSync(`${place}${DRAFT}`, place);
    return place;
  };
  const isKept = (id: string) => ID.test(id) && existsSync(join(copies, id));
  /** One whose original nobody has used yet is left to be made of the image, whatever becomes of the original. */
  const begin = async (copy: SystemCopy) => {
    const mark = join(copies, `${copy.id}${UNTOUCHED}`);
    if (!ID.test(copy.id) || isKept(copy.id) || existsSync(mark)) return;
    if (isKept(copy.from)) await make(copy);
    else writeFileSync(mark, "");
  };
  const keepInStep = async (state: ClusterState) => {
    const known = allCopies(state);
    if (known.length > 0) mkdirSync(copies, { recursive: true });
    for (const copy of known) await begin(copy);
    const ids = new Set(known.map(({ id }) => id));
    const names = existsSync(copies) ? readdirSync(copies) : [];
    for (const name of names) {
      const id = name.replace(/\.[a-z]+$/, "");
      if (!ids.has(id) && !isUsed(id)) await removeLab(join(copies, name));
    }
  };
  let newest: ClusterState;
  const sync = oneAtATime(() => queued(() => keepInStep(newest)));
  return {
    follow: (state) => {
      newest = state;
      return sync();
    },
    folder: (copy) => queued(() => make(copy)),
  };
}

function allCopies(state: ClusterState): SystemCopy[] {
  const ofVolumes = state.volumes.flatMap(({ system }) => (system?.id ? [system] : []));
  const ofSnapshots = state.guests.flatMap(({ snapshots }) =>
    snapshots.flatMap(({ systems = {} }) => Object.values(systems)),
  );
  return [...ofVolumes, ...ofSnapshots];
}
