/** `pvesubscription` (PVE/CLI/pvesubscription.pm): the key of a node, which has none. */
import type { Row } from "../state.ts";
import type { CommandTree } from "./command.ts";

export const pvesubscription: CommandTree = {
  get: {
    route: "GET /nodes/{node}/subscription",
    print: (data) =>
      Object.entries(data as Row)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, value]) => `${name}: ${value}\n`)
        .join(""),
  },
  set: { route: "PUT /nodes/{node}/subscription", positional: ["key"] },
  update: { route: "POST /nodes/{node}/subscription" },
  delete: { route: "DELETE /nodes/{node}/subscription" },
  "set-offline-key": "gap",
};
