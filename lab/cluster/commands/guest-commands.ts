/** What `qm` and `pct` do alike with a guest, whatever its kind. */
import { guestOf } from "../guests.ts";
import { succeeded } from "../outcome.ts";
import type { GuestKind } from "../state.ts";
import type { OwnCommand, RouteCommand } from "./command.ts";

/** As schema.json writes it down. */
export const VMID = "vmid:integer=100..999999999";

/** `of("POST /clone")` is a request below one guest of this kind; `base` the path of them all. */
export function routesOf(kind: GuestKind): {
  base: string;
  of(request: string, spec?: Omit<RouteCommand, "route">): RouteCommand;
} {
  const base = `/nodes/{node}/${kind}`;
  return {
    base,
    of: (request, spec = {}) => {
      const [method, tail = ""] = request.split(" ");
      return { positional: ["vmid"], ...spec, route: `${method} ${base}/{vmid}${tail}` };
    },
  };
}

export function unlockOf(kind: GuestKind): OwnCommand {
  return {
    positional: ["vmid"],
    parameters: VMID,
    isChange: true,
    run: ({ api, node }, { vmid = "" }) => {
      api.store.change((draft) => {
        delete guestOf(draft, { node, vmid: Number(vmid) }, kind).config["lock"];
      });
      return succeeded();
    },
  };
}
