/** What Redis has acknowledged to anybody, which therefore has to be there after every restart. */
import { statSync } from "node:fs";
import type { ControlState } from "../../../agents/protocol/control.ts";
import type { Message } from "../../../agents/protocol/message.ts";
import type { Role } from "../../../agents/protocol/roles.ts";
import type { Told } from "./agent.ts";

/** How long STOP may take to reach who is at work, in milliseconds. */
const STOP_MS = 1_000;

export class Facts {
  control: ControlState | undefined;
  readonly said = new Map<string, Message>();
  /** Entries of the journals, by role and message. */
  readonly kept = new Map<string, { role: Role; id: string; keys: Set<string> }>();
  readonly buried = new Map<string, Role>();
  /** Sessions in which something was said and that CLEAR has ended: their messages are the archive. */
  readonly archives = new Set<string>();
  /** Runs that STOP or CLEAR has ended, and when that was acknowledged. */
  readonly #over = new Map<string, number>();
  readonly #begun: Extract<Told, { kind: "began" }>[] = [];
  /** Where Redis writes, and how long that was at most when it held all that was acknowledged so far. */
  file = "";
  acknowledgedBytes = 0;

  /** Redis has begun a new life, which writes to `file`; who came back at once may have been answered already. */
  began(file: string): void {
    this.file = file;
    this.acknowledgedBytes = 0;
    this.#acknowledged();
  }

  spoken(message: Message): void {
    this.#acknowledged();
    this.said.set(message.id, message);
    const { session, epoch } = message;
    if (message.sender === "User") this.control = { session, epoch, state: "running" };
  }

  commanded(control: ControlState, before: ControlState | undefined): void {
    this.#acknowledged();
    this.control = control;
    if (before === undefined) return;
    this.#over.set(runOf(before), Date.now());
    const isOver = control.session !== before.session;
    if (isOver && [...this.said.values()].some(({ session }) => session === before.session))
      this.archives.add(before.session);
  }

  told(role: Role, told: Told): void {
    if (told.kind === "began") this.#begun.push(told);
    if (told.kind === "ended" && told.said) this.said.set(told.said.id, told.said);
    if (told.kind === "buried") this.buried.set(told.id, role);
    if (told.kind === "kept") this.#keep(role, told);
    if (["ended", "buried", "kept"].includes(told.kind)) this.#acknowledged();
  }

  /** Turns that began although STOP or CLEAR had ended their run: a new process knows at once, others within a second. */
  revived(): Message[] {
    return this.#begun.flatMap(({ message, atMs, bornMs }) => {
      const overMs = this.#over.get(runOf(message));
      return overMs !== undefined && (bornMs > overMs || atMs > overMs + STOP_MS) ? [message] : [];
    });
  }

  #keep(role: Role, { id, keys }: Extract<Told, { kind: "kept" }>): void {
    const name = `${role}:${id}`;
    const kept = this.kept.get(name) ?? { role, id, keys: new Set() };
    for (const key of keys) kept.keys.add(key);
    this.kept.set(name, kept);
  }

  #acknowledged(): void {
    const size = statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
    this.acknowledgedBytes = Math.max(this.acknowledgedBytes, size);
  }
}

function runOf({ session, epoch }: { session: string; epoch: number }): string {
  return `${session}/${epoch}`;
}
