/** Judges a rehearsal by the state of the cluster and by the durable records, never by what anybody said. */
import type { Guest } from "../../lab/cluster/state.ts";
import type { Lab } from "../../lab/lab.ts";
import type { CallCounts } from "../../lab/model/chat.ts";
import type { Expectation } from "../../lab/model/scenario.ts";
import type { LabNode } from "../../lab/open-nodes.ts";
import type { SshLogin } from "./ssh-login.ts";
import type { TeamRecord } from "./team-record.ts";

export type Evidence = {
  expect: Expectation;
  lab: Lab;
  ssh: SshLogin;
  /** The guests before the team began. */
  before: readonly Guest[];
  record: TeamRecord;
  calls: CallCounts;
};

/** Everything that is not as it must be, in plain lines; empty when all holds. */
export async function judge(evidence: Evidence): Promise<string[]> {
  const { expect, lab, ssh, before, record, calls } = evidence;
  const { guests } = await lab.state();
  const nodes = await Promise.all(lab.nodes.map((node) => judgeNode(expect, ssh, node)));
  return [
    ...expect.guests.flatMap((guest) => judgeGuest(guest, guests)),
    ...judgeOthers(expect, before, guests),
    ...(await judgeOperations(expect, lab)),
    ...nodes.flat(),
    ...(expect.ansible ? lab.nodes.flatMap(({ name }) => judgeRecap(name, record)) : []),
    ...judgeMessages(record),
    ...calls.gaps.map((gap) => `the scripted model was asked what it has no answer to: ${gap}`),
  ];
}

/** What is asked for must not be there before the team begins, or finding it at the end would prove nothing. */
export async function judgeStart({
  expect,
  lab,
  ssh,
}: Pick<Evidence, "expect" | "lab" | "ssh">): Promise<string[]> {
  const { guests } = await lab.state();
  const there = guests.filter(({ vmid }) => expect.guests.some((guest) => guest.vmid === vmid));
  const logins = await Promise.all(lab.nodes.map((node) => judgePasswordLogin(expect, ssh, node)));
  return [
    ...there.map(({ vmid }) => `guest ${vmid} is there before the team begins`),
    ...lab.nodes
      .filter((_, index) => expect.password_login !== undefined && logins[index]?.length === 0)
      .map(({ name }) => `${name}: a password login is ${expect.password_login} before the team begins`),
  ];
}

function judgeGuest(expected: Expectation["guests"][number], guests: readonly Guest[]): string[] {
  const guest = guests.find(({ vmid }) => vmid === expected.vmid);
  const name = `guest ${expected.vmid}`;
  if (!guest) return [`${name} does not exist`];
  const config = Object.entries(expected.config)
    .filter(([key, pattern]) => !isMatch(pattern, guest.config[key]))
    .map(([key, { source }]) => `${name}: ${key} is ${guest.config[key]}, expected ${source}`);
  return [
    ...(guest.node === expected.node ? [] : [`${name} is on ${guest.node}, expected ${expected.node}`]),
    ...(guest.status === expected.status ? [] : [`${name} is ${guest.status}, expected ${expected.status}`]),
    ...config,
  ];
}

function judgeOthers(expect: Expectation, before: readonly Guest[], after: readonly Guest[]): string[] {
  const others = (guests: readonly Guest[]) =>
    JSON.stringify(guests.filter(({ vmid }) => expect.guests.every((guest) => guest.vmid !== vmid)));
  return others(before) === others(after)
    ? []
    : ["guests that nobody asked for were made, changed or destroyed"];
}

/** Each guest was made by one command that succeeded, not by repetition. */
async function judgeOperations(expect: Expectation, lab: Lab): Promise<string[]> {
  const creations = (await lab.journal()).filter(
    ({ operation, exitCode }) => operation === "qm create" && exitCode === 0,
  );
  return expect.guests.flatMap(({ vmid }) => {
    const count = creations.filter(({ target }) => target === String(vmid)).length;
    return count === 1 ? [] : [`guest ${vmid} was created ${count} times`];
  });
}

async function judgeNode(expect: Expectation, ssh: SshLogin, node: LabNode): Promise<string[]> {
  const { exitCode, stdout, stderr } = await ssh.withKey(node, "sshd -T");
  if (exitCode !== 0) return [`${node.name}: sshd -T over a key login: exit ${exitCode} ${stderr.trim()}`];
  const inForce = new Map(
    stdout.split("\n").map((line) => [line.split(" ")[0] ?? "", line.replace(/^\S+ /, "")]),
  );
  const settings = Object.entries(expect.sshd)
    .filter(([name, pattern]) => !isMatch(pattern, inForce.get(name)))
    .map(([name, { source }]) => `${node.name}: sshd has ${name} ${inForce.get(name)}, expected ${source}`);
  return [...settings, ...(await judgePasswordLogin(expect, ssh, node))];
}

async function judgePasswordLogin(expect: Expectation, ssh: SshLogin, node: LabNode): Promise<string[]> {
  if (expect.password_login === undefined) return [];
  const found = (await ssh.acceptsPassword(node)) ? "accepted" : "refused";
  return found === expect.password_login ? [] : [`${node.name}: a password login is ${found}`];
}

function judgeRecap(node: string, { recaps }: TeamRecord): string[] {
  const recap = recaps[node];
  if (!recap) return [`${node}: no playbook has run`];
  return recap["failed"] === 0 && recap["unreachable"] === 0
    ? []
    : [`${node}: the playbook failed: ${JSON.stringify(recap)}`];
}

function judgeMessages({ sent, handled }: TeamRecord): string[] {
  return sent === handled && sent > 0 ? [] : [`${sent} messages were sent, ${handled} were handled`];
}

function isMatch(pattern: RegExp, value: string | undefined): boolean {
  return value !== undefined && pattern.test(value);
}
