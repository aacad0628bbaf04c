/** The API on a store: one for HTTPS, pvesh and whatever else asks. */
import type { Json } from "../cluster/state.ts";
import type { Store } from "../cluster/store.ts";
import { DEFAULT_SETTINGS, type Settings } from "./call.ts";
import { createFaults, type FaultInput } from "./faults.ts";
import type { Api } from "./perform.ts";
import { sectionsOf } from "./routes/sections.ts";
import { createToken } from "./routes/tokens.ts";
import { TABLE } from "./routes.ts";

export function openApi(
  store: Store,
  given: { settings?: Partial<Settings>; faults?: readonly FaultInput[] } = {},
): Api {
  const settings = { ...DEFAULT_SETTINGS, ...given.settings };
  return { store, table: TABLE, settings, faults: createFaults(given.faults), gaps: new Map() };
}

/** Makes a token anew, without privilege separation, and returns it as clients are given it: `root@pam!lab=<secret>`. */
export function issueToken(api: Api, id: string): string {
  const made = api.store.change((draft): Json => {
    delete sectionsOf(draft, "tokens")[id];
    return createToken(draft, id, { expire: 0, privsep: 0, comment: "of the lab" });
  });
  const { value } = made as { value: string };
  return `${id}=${value}`;
}

/** What was asked for and is not simulated, most often first: `GET /nodes/{node}/ceph` and how often. */
export function gapsOf(api: Api): [string, number][] {
  return [...api.gaps].sort(([, one], [, other]) => other - one);
}
