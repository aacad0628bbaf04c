import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { loadConfig } from "../agents/base/config.ts";
import { createRedactor } from "../agents/redact/redact.ts";
import { ours } from "../agents/redact/redacted.ts";
import { MemoryBus } from "../agents/testing/memory-bus.ts";
import { OperatorConsole } from "./operator-console.ts";
import { answerTo } from "./testing/answer-to.ts";
import { Transcript } from "./transcript.ts";

const signal = new AbortController().signal;
let directory: string;
let transcript: Transcript;
let bus: MemoryBus;
let shown: string[];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  directory = await mkdtemp(join(tmpdir(), "minilab-host-"));
  transcript = new Transcript(directory, new Date());
  bus = new MemoryBus();
  shown = [];
});
afterEach(async () => {
  vi.useRealTimers();
  await transcript.close();
  await rm(directory, { recursive: true });
});

async function consoleWith(settings: Record<string, string>): Promise<OperatorConsole> {
  const { PROXMOX_NODES: nodes, GUESTS: guests, GUEST_NETWORKS: networks } = loadConfig(settings);
  const texts = { about: ours("log       none"), notice: ours(""), leaving: "leaves it at work" } as const;
  const operator = new OperatorConsole({
    ...{ bus, transcript, signal, ...texts, outputsFolder: directory, onExit: () => {} },
    ...{ dials: { changes: "infrastructure", approval: "high-risk" }, holdMs: 60_000 },
    ...{ redact: createRedactor([]), hosts: { nodes, guests, networks, publicKey: "ssh-ed25519 AAAA team" } },
    view: { show: ({ text }) => shown.push(text), refresh: () => {}, close: () => {} },
  });
  await operator.conversation.start();
  return operator;
}

const NODES = { PROXMOX_NODES: "pve1=192.168.10.201,pve2=192.168.10.202" };

test("/host adds, lists and removes a guest; one that is added again is another host (R40)", async () => {
  const operator = await consoleWith({ ...NODES, GUESTS: "db=192.168.10.40" });
  expect(await answerTo(operator, "/host", shown)).toMatch(
    /pve1=192\.168\.10\.201.*db=root@192\.168\.10\.40:22 \(GUESTS\).*ssh-ed25519 AAAA team/s,
  );
  const added = await answerTo(operator, "/host add web1=debian@192.168.10.31 via pve2", shown);
  expect(added).toContain("guest  web1=debian@192.168.10.31:22 via pve2");
  const [first] = await bus.guests.read({ signal });
  expect(await answerTo(operator, "/host remove web1", shown)).not.toContain("guest  web1");
  vi.setSystemTime(Date.now() + 1);
  await answerTo(operator, "/host add web1=debian@192.168.10.31", shown);
  const [second] = await bus.guests.read({ signal });
  expect(second?.since).toBeGreaterThan(first?.since ?? Number.POSITIVE_INFINITY);
});

test("/host refuses what may be no guest, with the reason, and changes nothing (R40)", async () => {
  const operator = await consoleWith({ ...NODES, GUESTS: "db=192.168.10.40" });
  const refused = {
    "web1=192.168.10.201": "the node pve1",
    "web1=192.168.11.31": "outside of the guests' networks",
    "web1=127.0.0.1": "loopback",
    "web1=169.254.169.254": "metadata",
    "web1=web1.example.com": "no address",
    "all=192.168.10.31": "means something else",
    "pve1=192.168.10.31": "is a node",
    "db=192.168.10.31": "two guests",
    "web1=192.168.10.31 via pve9": "not a node to go through",
    web1: "is not name=address",
  };
  for (const [entry, why] of Object.entries(refused))
    expect(await answerTo(operator, `/host add ${entry}`, shown), entry).toContain(why);
  expect(await answerTo(operator, "/host remove db", shown)).toContain("GUESTS in .env");
  expect(await answerTo(operator, "/host remove web9", shown)).toContain("no guest has that name");
  expect(await answerTo(operator, "/host frob", shown)).toContain("/host add NAME=");
  expect(await bus.guests.read({ signal })).toEqual([]);
});

test("where the nodes have names alone, the operator is asked for the networks", async () => {
  const operator = await consoleWith({ PROXMOX_NODES: "pve1=pve1" });
  expect(await answerTo(operator, "/host add web1=192.168.10.31", shown)).toContain("GUEST_NETWORKS");
});
