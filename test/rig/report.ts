/** What a rehearsal shows: a line for each thing that happens, and the result at its end. */
import { thousands } from "../../agents/base/thousands.ts";
import type { LiveEvent } from "../../agents/bus/bus.ts";
import type { Tokens } from "../../agents/protocol/spending.ts";
import { callEntry } from "../../client/call-entry.ts";
import { inertLine } from "../../client/terminal-safe.ts";
import type { Guest } from "../../lab/cluster/state.ts";
import type { Recap } from "./team-record.ts";

export type Report = {
  /** Architect_Zero has said so. */
  done: boolean;
  guests: {
    vmid: number;
    node: string;
    name: string;
    status: Guest["status"];
    memory: number;
    cores: number;
  }[];
  /** By node, from the last run of a playbook. */
  ansible: Record<string, Recap>;
  messages: { sent: number; handled: number };
  modelCalls: number;
  /** By a profile of a server: the rules that were broken. */
  refusedRequests: string[];
  toolCalls: number;
  /** As the roles noted them. */
  tokens: Tokens;
  seconds: number;
  /** How often the operator was needed. */
  asked: number;
  /** Empty when the rehearsal was a success. */
  failures: string[];
};

/** Progress lines with the seconds since now. */
export function createTeller(write: (line: string) => void): (event: LiveEvent) => void {
  const began = performance.now();
  const say = (who: string, what: string) => {
    const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(6);
    write(`${seconds} s  ${`${who}:`.padEnd(18)} ${inertLine(what).slice(0, 140)}`);
  };
  return (event) => {
    if (event.kind === "message") say(event.sender, event.content);
    if (event.kind === "notice") say(event.source, `NOTICE ${event.content}`);
    if (event.kind === "call") say(event.role, `  ${callEntry(event).text}`);
  };
}

export function toRow({ vmid, node, status, config }: Guest): Report["guests"][number] {
  const { name = "", memory, cores } = config;
  return { vmid, node, name, status, memory: Number(memory), cores: Number(cores) };
}

/** For people. */
export function summarise(report: Report): string {
  const { failures, messages } = report;
  const guests = report.guests.map(({ vmid, name, node, status }) => `${vmid} ${name} on ${node} ${status}`);
  const recaps = Object.entries(report.ansible).map(
    ([node, recap]) =>
      `${node} ${Object.entries(recap)
        .map(([key, count]) => `${key}=${count}`)
        .join(" ")}`,
  );
  return [
    `rehearsal: ${failures.length === 0 ? "ok" : "FAILED"}, ${report.seconds} s`,
    `  guests    ${guests.join("; ") || "none"}`,
    `  ansible   ${recaps.join("; ") || "no playbook has run"}`,
    `  messages  ${messages.sent} sent, ${messages.handled} handled`,
    `  calls     ${report.modelCalls} of the model, ${report.toolCalls} of tools`,
    `  tokens    ${describeTokens(report.tokens)}`,
    ...(report.refusedRequests.length > 0 ? [`  refused   ${report.refusedRequests.join(", ")}`] : []),
    ...failures.map((failure) => `  FAILED    ${inertLine(failure)}`),
  ].join("\n");
}

function describeTokens({ prompt, cached, completion }: Tokens): string {
  return `${thousands(prompt)} in (${thousands(cached)} of them cached), ${thousands(completion)} out`;
}
