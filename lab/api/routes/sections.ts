/**
 * Configuration that is nothing but sections with an id: replication jobs, backup jobs, HA, realms, mappings, metric
 * servers, ACME, SDN, notifications. One description each gives its list, its reading and its changes.
 */

import { createHash } from "node:crypto";
import { AppError } from "../../../agents/base/errors.ts";
import { named, setNamed } from "../../cluster/named.ts";
import type { ClusterState, Json, Row } from "../../cluster/state.ts";
import { type Call, type Handlers, list, read, text, without, write } from "../call.ts";

export type Collection = {
  /** In the state: `ha/rules`. */
  kind: string;
  /** `/cluster/ha/rules`; creation is a POST there, or to the section itself with `createsById`. */
  path: string;
  /** The parameter that is the id. */
  key: string;
  createsById?: boolean;
  /** Of a section: `rule 'x'` in errors. */
  noun: string;
  /** What a new one has besides. */
  defaults?(call: Call): Row;
  /** AppError when it cannot be so; may complete the section, or give it an id. */
  prepare?(call: Call, row: Row): void;
  /** Whether rows carry a digest of the whole. */
  hasDigest?: boolean;
  /** As the list and the reading show it. */
  show?(call: Call, row: Row): Row;
  /** In the words that clients understand as absence. */
  missing?(id: string): string;
  /** Where what is there already, or is not there to be removed, has words of its own. */
  taken?(id: string): string;
  unremovable?(id: string): string;
  onRemove?(call: Call, id: string): void;
  /** Only some lists take a filter: `type`. */
  filter?: string;
};

export function sectionsOf(state: ClusterState, kind: string): Record<string, Row> {
  state.sections[kind] ??= {};
  return state.sections[kind];
}

export function collectionRoutes(collection: Collection): Handlers {
  const { path, key, kind, createsById } = collection;
  const one = `${path}/{${key}}`;
  return {
    [`GET ${path}`]: read((call) =>
      Object.entries(rows(call.state, kind))
        .map(([id, row]) => shown(call, collection, { id, row }))
        .filter(
          (row) =>
            !collection.filter ||
            call.params[collection.filter] === undefined ||
            row[collection.filter] === call.params[collection.filter],
        ),
    ),
    [`POST ${createsById ? one : path}`]: write((call) => create(call, collection)),
    [`GET ${one}`]: read((call) => shown(call, collection, sectionAt(call, collection))),
    [`PUT ${one}`]: write((call) => change(call, collection)),
    [`DELETE ${one}`]: write((call) => {
      const missing = collection.unremovable ?? collection.missing;
      const { id } = sectionAt(call, { ...collection, ...(missing && { missing }) });
      delete sectionsOf(call.state, kind)[id];
      collection.onRemove?.(call, id);
      return null;
    }),
  };
}

function rows(state: ClusterState, kind: string): Record<string, Row> {
  return state.sections[kind] ?? {};
}

function shown(call: Call, collection: Collection, { id, row }: { id: string; row: Row }): Row {
  const whole: Row = { [collection.key]: id, ...(collection.show?.(call, row) ?? row) };
  return collection.hasDigest ? { ...whole, digest: digestOf(call.state, collection.kind) } : whole;
}

export function digestOf(state: ClusterState, kind: string): string {
  return createHash("sha1")
    .update(JSON.stringify(rows(state, kind)))
    .digest("hex");
}

function sectionAt(call: Call, collection: Collection): { id: string; row: Row } {
  const id = text(call, collection.key);
  const row = named(rows(call.state, collection.kind), id);
  if (row) return { id, row };
  throw new AppError("not_found", collection.missing?.(id) ?? `${collection.noun} '${id}' does not exist`);
}

function create(call: Call, collection: Collection): Json {
  const row: Row = { ...collection.defaults?.(call), ...without(call.params, collection.key, "digest") };
  collection.prepare?.(call, row);
  const id = text(call, collection.key);
  const all = sectionsOf(call.state, collection.kind);
  if (named(all, id))
    throw new AppError("conflict", collection.taken?.(id) ?? `${collection.noun} '${id}' already exists`);
  setNamed(all, id, row);
  return null;
}

function change(call: Call, collection: Collection): Json {
  const { id, row } = sectionAt(call, collection);
  const digest = text(call, "digest");
  if (digest && collection.hasDigest && digest !== digestOf(call.state, collection.kind))
    throw new AppError(
      "conflict",
      "detected modified configuration - file changed by other user? Try again.",
    );
  const next: Row = { ...row, ...without(call.params, collection.key, "digest", "delete") };
  for (const name of list(call, "delete")) delete next[name];
  collection.prepare?.(call, next);
  setNamed(sectionsOf(call.state, collection.kind), id, next);
  return null;
}
