/** `/host`: the guests that the operator names as hosts of the team, beside those of the settings. */
import type { NodeAddress } from "../agents/base/config.ts";
import { AppError, isAppError } from "../agents/base/errors.ts";
import { addressProblem, type Network, networkAround } from "../agents/base/guest-networks.ts";
import { type Guest, guestText, nameProblem, parseGuest } from "../agents/base/guests.ts";
import type { Redactor } from "../agents/redact/redact.ts";
import { joinRedacted, type Redacted, redacted } from "../agents/redact/redacted.ts";
import type { Conversation } from "./conversation.ts";

/** What the settings say of hosts. */
export type HostSettings = {
  nodes: readonly NodeAddress[];
  guests: readonly Guest[];
  /** Empty: those around the nodes. */
  networks: readonly Network[];
  /** The team's key for guests, as in authorized_keys; undefined where none was made. */
  publicKey: string | undefined;
};

type Asked = { conversation: Conversation; hosts: HostSettings; redact: Redactor };

const NO_HOSTS: HostSettings = { nodes: [], guests: [], networks: [], publicKey: undefined };

const HOW = redacted`/host list, /host add NAME=[USER@]ADDRESS[:PORT] [via NODE], /host remove NAME. An example: /host add web1=debian@192.168.10.31`;
const AWAY = redacted`Redis is away: nothing was read or changed. Try again when it is there.`;

export async function answerHost(
  argument: string,
  { hosts = NO_HOSTS, ...console }: Omit<Asked, "hosts"> & { hosts?: HostSettings },
): Promise<void> {
  const [verb = "", ...words] = argument.split(/\s+/);
  const rest = words.join(" ");
  const asked = { ...console, hosts };
  const { conversation, redact } = asked;
  try {
    if (verb === "" || verb === "list") return await sayHosts(asked, redacted``);
    if (verb === "add" && rest !== "") return await add(rest, asked);
    if (verb === "remove" && rest !== "") return await remove(rest, asked);
    conversation.problem(HOW);
  } catch (error) {
    if (!isAppError(error)) throw error;
    conversation.problem(redact(error.message));
  }
}

async function add(entry: string, asked: Asked): Promise<void> {
  const { hosts, redact } = asked;
  const guest = parseGuest(entry, Date.now());
  if (typeof guest === "string") return asked.conversation.problem(redact(guest));
  await change(asked, (known) => {
    const others = [...hosts.guests, ...known];
    const problem = nameProblem(guest, { nodes: hosts.nodes, others }) ?? placeProblem(guest, hosts);
    if (problem !== undefined) throw new AppError("bad_arguments", `Not added: ${problem}.`);
    return [...known, guest];
  });
}

async function remove(name: string, asked: Asked): Promise<void> {
  await change(asked, (known) => {
    if (known.some((guest) => guest.name === name)) return known.filter((guest) => guest.name !== name);
    const isSetting = asked.hosts.guests.some((guest) => guest.name === name);
    const why = isSetting ? "GUESTS in .env names it: take it out there" : "no guest has that name";
    throw new AppError("not_found", `Not removed: ${why}.`);
  });
}

async function change(asked: Asked, how: (known: readonly Guest[]) => readonly Guest[]): Promise<void> {
  const isDone = await asked.conversation.records.ask(async (bus, options) => {
    await bus.guests.change(how, options);
    return true;
  });
  if (!isDone) return asked.conversation.problem(AWAY);
  await sayHosts(asked, redacted`Done. It counts from the team's next call on.\n`);
}

/** As far as a console can tell; the agents, which see the nodes, ask for more (agents/host/nodes/guest-guard.ts). */
function placeProblem({ host }: Guest, { nodes, networks }: HostSettings): string | undefined {
  const around = nodes.flatMap((node) => networkAround(node.host) ?? []);
  const rules = {
    networks: networks.length > 0 ? networks : around,
    taken: nodes.map((node) => ({ address: node.host, what: `the node ${node.name}` })),
  };
  if (rules.networks.length > 0) return addressProblem(host, rules);
  return "the nodes are known by their names alone: set GUEST_NETWORKS to the networks that guests are in";
}

async function sayHosts({ conversation, hosts, redact }: Asked, before: Redacted): Promise<void> {
  const found = await conversation.records.ask((bus, options) => bus.guests.read(options));
  if (!found) return conversation.problem(AWAY);
  const rows = [
    ...hosts.nodes.map(({ name, host }) => `node   ${name}=${host}`),
    ...hosts.guests.map((guest) => `guest  ${guestText(guest)} (GUESTS)`),
    ...found.map((guest) => `guest  ${guestText(guest)}`),
    `key    ${hosts.publicKey ?? "none was made yet: ./minilab guest-key"}`,
  ];
  const text = joinRedacted(rows.map(redact), "\n");
  conversation.say(redacted`\n${before}${text}\n${HOW}`);
}
