/** Configuration of the cluster that is kept as it is given: metrics, realms, mappings, ACME, SDN. */
import { AppError } from "../../../agents/base/errors.ts";
import type { Row } from "../../cluster/state.ts";
import { type Call, type Handlers, read, text, write } from "../call.ts";
import { type Collection, collectionRoutes, sectionsOf } from "./sections.ts";

const secretless = (_call: Call, row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).filter(([name]) => !/^(?:password|token|secret|client-key)$/.test(name)),
  );

const COLLECTIONS: readonly Collection[] = [
  {
    kind: "metrics",
    path: "/cluster/metrics/server",
    key: "id",
    noun: "metric server",
    createsById: true,
    hasDigest: true,
    show: secretless,
    missing: (id) => `status server entry '${id}' does not exist`,
  },
  {
    kind: "domains",
    path: "/access/domains",
    key: "realm",
    noun: "domain",
    hasDigest: true,
    show: secretless,
    prepare: prepareRealm,
    onRemove: keepOwnRealms,
  },
  {
    kind: "realm-sync",
    path: "/cluster/jobs/realm-sync",
    key: "id",
    noun: "realm-sync job",
    createsById: true,
  },
  ...["dir", "pci", "usb"].map(
    (type): Collection => ({
      kind: `mapping/${type}`,
      path: `/cluster/mapping/${type}`,
      key: "id",
      noun: `mapping`,
      hasDigest: true,
      missing: (id) => `mapping '${id}' does not exist`,
    }),
  ),
  {
    kind: "acme/plugins",
    path: "/cluster/acme/plugins",
    key: "id",
    noun: "ACME plugin",
    hasDigest: true,
    missing: (id) => `ACME plugin '${id}' does not exist`,
    show: showPlugin,
  },
  ...["sendmail", "gotify", "smtp", "webhook"].map(
    (type): Collection => ({
      kind: `notifications/${type}`,
      path: `/cluster/notifications/endpoints/${type}`,
      key: "name",
      noun: "endpoint",
      hasDigest: true,
      show: (call, row) => ({ origin: "user-created", ...secretless(call, row) }),
      missing: (id) => `endpoint '${id}' does not exist`,
    }),
  ),
  {
    kind: "notifications/matchers",
    path: "/cluster/notifications/matchers",
    key: "name",
    noun: "matcher",
    hasDigest: true,
    show: (_call, row) => ({ origin: "user-created", ...row }),
    missing: (id) => `matcher '${id}' does not exist`,
  },
];

export const clusterConfigRoutes: Handlers = {
  ...Object.assign({}, ...COLLECTIONS.map(collectionRoutes)),
  "GET /cluster/notifications/targets": read((call) => {
    const builtin = [
      {
        name: "mail-to-root",
        type: "sendmail",
        origin: "builtin",
        comment: "Send mails to root@pam's email address",
        disable: 0,
      },
    ];
    const own = ["sendmail", "gotify", "smtp", "webhook"].flatMap((type) =>
      Object.keys(call.state.sections[`notifications/${type}`] ?? {}).map((name) => ({
        name,
        type,
        origin: "user-created",
        disable: 0,
      })),
    );
    return [...builtin, ...own];
  }),
  "POST /cluster/notifications/targets/{name}/test": write(() => null),
  "POST /access/domains/{realm}/sync": {
    kind: "task",
    task: "auth-realm-sync",
    id: (params) => String(params["realm"]),
    run: () => "starting sync\n",
  },
};

function prepareRealm(call: Call, row: Row): void {
  if (["pam", "pve"].includes(text(call, "realm")) && row["type"] === undefined)
    throw new AppError("conflict", `cannot change realm '${text(call, "realm")}'`);
  if (row["default"] !== 1) return;
  for (const other of Object.values(sectionsOf(call.state, "domains"))) delete other["default"];
}

function keepOwnRealms(_call: Call, id: string): void {
  if (["pam", "pve"].includes(id))
    throw new AppError("conflict", `unable to delete realm '${id}': it is built in`);
}

function showPlugin(call: Call, row: Row): Row {
  return {
    ...row,
    plugin:
      text(call, "id") ||
      Object.entries(call.state.sections["acme/plugins"] ?? {}).find(([, one]) => one === row)?.[0] ||
      "",
  };
}
