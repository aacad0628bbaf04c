/** What the checks of a lab's reality are done with: real clients against its nodes, from outside and from node to node. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { AppError } from "../../../../agents/base/errors.ts";
import type { Lab } from "../../../../lab/lab.ts";
import type { LabNode } from "../../../../lab/open-nodes.ts";

export type Ended = { exitCode: number | null; stdout: string; stderr: string };

export type World = {
  lab: Lab;
  /** As root, by key. */
  root(node: string, script: string): Promise<Ended>;
  /** One login and one command, by key, with options of the client's own. */
  login(
    node: string,
    login: { user?: string; options?: readonly string[]; command?: string },
  ): Promise<Ended>;
  /** By password and nothing else. */
  passwordLogin(node: string, login: { user: string; password: string }): Promise<boolean>;
  /** Does a TCP connection from one node to an address of the lab succeed? */
  connects(from: string, to: string, port: number): Promise<boolean>;
};

export type Check = { name: string; holds(world: World): Promise<boolean> };

const CLIENT_MS = 30_000;

export function createWorld(lab: Lab, directory: string, signal: AbortSignal): World {
  const askpass = join(directory, "reality-askpass");
  writeFileSync(askpass, '#!/bin/sh\nprintf "%s\\n" "$REALITY_PASSWORD"\n', { mode: 0o700 });
  const ssh = (
    node: LabNode,
    user: string,
    more: { words: readonly string[]; env?: Record<string, string> },
  ) => {
    const target = ["-p", String(node.port), `${user}@${node.host}`];
    return run(["ssh", ...COMMON, ...more.words.slice(0, -1), ...target, more.words.at(-1) ?? "true"], {
      env: more.env ?? {},
      signal,
    });
  };
  const byKey = ["-i", lab.privateKeyFile, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"];
  const world: World = {
    lab,
    root: (node, script) => ssh(nodeOf(lab, node), "root", { words: [...byKey, script] }),
    login: (node, { user = "root", options = [], command = "true" }) =>
      ssh(nodeOf(lab, node), user, { words: [...byKey, ...options, command] }),
    passwordLogin: async (node, { user, password }) => {
      const words = ["-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1", "true"];
      const env = { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: "force", REALITY_PASSWORD: password };
      return (await ssh(nodeOf(lab, node), user, { words, env })).exitCode === 0;
    },
    connects: async (from, to, port) =>
      (await world.root(from, `timeout 2 bash -c 'exec 3<>/dev/tcp/${to}/${port}'`)).exitCode === 0,
  };
  return world;
}

const COMMON = [
  ...[
    "-F",
    "/dev/null",
    "-o",
    "IdentityAgent=none",
    "-o",
    "StrictHostKeyChecking=no",
    "-o",
    "LogLevel=ERROR",
  ],
  ...["-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=3"],
];

function nodeOf(lab: Lab, name: string): LabNode {
  const node = lab.nodes.find((candidate) => candidate.name === name);
  if (!node) throw new AppError("not_found", `the lab has no node '${name}'`);
  return node;
}

async function run(
  argv: readonly string[],
  { env, signal }: { env: Record<string, string>; signal: AbortSignal },
): Promise<Ended> {
  const [program = "", ...words] = argv;
  const child = spawn(program, words, {
    env: { PATH: process.env["PATH"], ...env },
    signal: AbortSignal.any([signal, AbortSignal.timeout(CLIENT_MS)]),
  });
  child.stdin.on("error", () => child.stdin.destroy()); // it did not read
  child.stdin.end();
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { exitCode, stdout, stderr };
}
