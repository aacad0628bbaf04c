import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Lab } from "../lab.ts";
import { nodeOf, requirePrograms, run, sshOptions } from "./testing/clients.ts";
import { makeLabFolder } from "./testing/lab-folder.ts";

const { directory, start, remove } = makeLabFolder("lab-logins-");
let lab: Lab;

beforeAll(async () => {
  requirePrograms({ ssh: "openssh-client", nft: "nftables" });
  lab = await start();
});
afterAll(async () => {
  await lab?.close();
  remove();
});

function parseKey(text: Buffer | string): ssh2.ParsedKey {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key;
}

it("refuses a known key that is not signed with", async () => {
  const { host, port } = nodeOf(lab, "pve1");
  const known = parseKey(readFileSync(`${lab.privateKeyFile}.pub`));
  const forged = parseKey(ssh2.utils.generateKeyPairSync("ed25519").private);
  class Forger extends ssh2.BaseAgent<ssh2.ParsedKey> {
    override getIdentities(callback: ssh2.IdentityCallback<ssh2.ParsedKey>): void {
      callback(undefined, [known]);
    }
    override sign(_key: ssh2.ParsedKey, data: Buffer, ...rest: unknown[]): void {
      const callback = rest.at(-1) as ssh2.SignCallback;
      callback(undefined, forged.sign(data));
    }
  }
  const client = new ssh2.Client();
  const refused = once(client, "ready");
  client.connect({ host, port, username: "root", agent: new Forger() });
  await expect(refused).rejects.toMatchObject({ level: "client-authentication" });
});

it("refuses other keys, other users and, in sessions, variables that are not of the language", async () => {
  const { host, port } = nodeOf(lab, "pve1");
  const stranger = join(directory, "stranger");
  await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", stranger]);
  const options = sshOptions(lab).map((word) => (word === lab.privateKeyFile ? stranger : word));
  const refused = await run(["ssh", ...options, "-p", String(port), `root@${host}`, "true"]);
  expect(refused).toMatchObject({ exitCode: 255 });
  expect(refused.stderr).toContain("Permission denied (publickey,password)");
  expect((await run(["ssh", ...sshOptions(lab), "-p", String(port), `admin@${host}`, "true"])).exitCode).toBe(
    255,
  );
  const env = await run([
    "ssh",
    ...sshOptions(lab),
    "-o",
    "SetEnv=BASH_ENV=/tmp/x LC_TIME=C",
    "-p",
    String(port),
    `root@${host}`,
    "env",
  ]);
  expect(env.stdout).toContain("LC_TIME=C\n");
  expect(env.stdout).not.toContain("BASH_ENV");
});
