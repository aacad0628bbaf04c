/** Ceph on nodes that have none: what all of its routes answer until it is installed (PVE/Ceph/Tools.pm, check_ceph_inited). */
import { AppError } from "../../../agents/base/errors.ts";
import { type Handlers, read, write } from "../call.ts";
import schema from "../schema.json" with { type: "json" };

export const NOT_INSTALLED = "binary not installed: /usr/bin/ceph-mon";

const isOfCeph = (name: string) => /^\w+ \/(?:cluster|nodes\/\{node\})\/ceph\//.test(name);

export const cephRoutes: Handlers = Object.fromEntries(
  Object.keys(schema)
    .filter(isOfCeph)
    .map((name) => [name, (name.startsWith("GET ") ? read : write)(refuse)]),
);

function refuse(): never {
  throw new AppError("conflict", NOT_INSTALLED);
}
