/** The subscription of a node: it has none, and a key that looks like one cannot be looked up from here. */
import { createHash } from "node:crypto";
import { AppError } from "../../../agents/base/errors.ts";
import { badParameter } from "../../cluster/options.ts";
import { type Handlers, read, text, write } from "../call.ts";
import { nodeAt } from "./nodes.ts";

const ROUTE = "/nodes/{node}/subscription";

export const subscriptionRoutes: Handlers = {
  [`GET ${ROUTE}`]: read((call) => ({
    status: "notfound",
    message: "There is no subscription key",
    serverid: createHash("md5").update(nodeAt(call).macAddress).digest("hex").toUpperCase(),
    url: "https://www.proxmox.com/en/proxmox-virtual-environment/pricing",
  })),
  [`PUT ${ROUTE}`]: write((call) => {
    if (!/^pve[1248][cbsp]-[0-9a-f]{10}$/.test(text(call, "key").trim()))
      throw badParameter("key", "value does not match the regex pattern");
    throw new AppError(
      "conflict",
      "Can't connect to shop.proxmox.com:443 (Temporary failure in name resolution)",
    );
  }),
  [`POST ${ROUTE}`]: write(() => null),
  [`DELETE ${ROUTE}`]: write(() => null),
};
