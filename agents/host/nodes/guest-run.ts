/** What a program that speaks SSH itself needs to reach the guests for the time of one run. */
import type { Guest } from "../../base/guests.ts";
import { type DoorOptions, serveGuestDoor } from "./guest-door.ts";
import { type GuestAccess, type GuestRun, pinOf } from "./host.ts";
import { isPinned } from "./known-nodes.ts";
import { serveSshAgent } from "./ssh-agent.ts";

type Options = {
  hosts: readonly Guest[];
  access: Pick<GuestAccess, "privateKey" | "knownGuestsFile">;
  open: DoorOptions["open"];
  isShared: boolean;
  signal: AbortSignal;
};

/** One SSH agent for each user that guests have: it signs logins of that user to these guests, and to nobody else. */
export async function serveGuests({
  hosts,
  access,
  open,
  isShared,
  signal,
}: Options): Promise<GuestRun | undefined> {
  const privateKey = access.privateKey();
  if (hosts.length === 0 || privateKey === undefined) return undefined;
  await using stack = new AsyncDisposableStack();
  const known = new Set(hosts.map(({ name }) => name));
  const door = await serveGuestDoor({
    isShared,
    open: async (name) => (known.has(name) ? await open(name) : Promise.reject(new Error("no guest"))),
  });
  stack.defer(door.close);
  const agents = new Map<string, string>();
  for (const user of new Set(hosts.map((host) => host.user))) {
    const own = hosts.filter((host) => host.user === user).map((host) => ({ ...host, pin: pinOf(host) }));
    const isHost = (key: Buffer) => isPinned(access.knownGuestsFile, own, key);
    const agent = await serveSshAgent({
      privateKey,
      user,
      isHost,
      proofOfHost: "required",
      isShared,
      signal,
    });
    stack.defer(agent.close);
    agents.set(user, agent.socketPath);
  }
  const served = stack.move();
  return {
    guests: hosts.map((host) => ({ ...host, pin: pinOf(host), agent: agents.get(host.user) ?? "none" })),
    door: door.socketPath,
    sockets: [door.socketPath, ...agents.values()],
    close: () => served.disposeAsync(),
  };
}
