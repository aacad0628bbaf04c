import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { PROJECT_DIR } from "./team/project.ts";

const start = (...args: string[]) =>
  spawn(process.execPath, [join(PROJECT_DIR, "launcher/main.ts"), "lab", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });

/** Of the API, by what the text tells of it. */
async function statusOf(text: string): Promise<number | undefined> {
  const [, ca = ""] = /SSL_CERT_FILE=(\S+)/.exec(text) ?? [];
  const [, endpoint = ""] = /endpoint {2}= "(.+)"/.exec(text) ?? [];
  const [, token = ""] = /api_token = "(.+)"/.exec(text) ?? [];
  const headers = { authorization: `PVEAPIToken=${token}`, connection: "close" };
  const asked = get(new URL("api2/json/nodes", endpoint), { headers, ca: readFileSync(ca) });
  const [response] = await once(asked, "response");
  response.resume();
  return response.statusCode;
}

test("./minilab lab says how to reach its nodes, and leaves nothing when it is told to end", async () => {
  const child = start();
  const lines: string[] = [];
  const output = createInterface(child.stdout).on("line", (line) => lines.push(line));
  while (!lines.some((line) => line === "  }")) await once(output, "line");
  const [, key = "", port = ""] = /ssh -i (\S+) -p (\d+) root@127\.0\.0\.1/.exec(lines.join("\n")) ?? [];
  expect(existsSync(key)).toBe(true);
  const words = ["-F", "/dev/null", "-i", key, "-p", port, "-o", "StrictHostKeyChecking=no"];
  const alone = ["-o", "UserKnownHostsFile=/dev/null", "-o", "IdentityAgent=none", "-o", "BatchMode=yes"];
  const login = spawn("ssh", [...words, ...alone, "root@127.0.0.1", "true"], { stdio: "ignore" });
  expect(await once(login, "exit")).toEqual([0, null]);
  expect(await statusOf(lines.join("\n"))).toBe(200);
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(existsSync(key)).toBe(false);
});

test("./minilab lab refuses a start that it does not know", async () => {
  const child = start("--start", "yesterday");
  expect(await once(child, "exit")).toEqual([1, null]);
});

test("./minilab lab gaps counts what a kept lab was asked for in vain", async () => {
  const directory = mkdtempSync(join(tmpdir(), "lab-gaps-"));
  try {
    mkdirSync(join(directory, "pve1"));
    writeFileSync(join(directory, "pve1/gaps.log"), "pveperf\nsmartctl -H /dev/sda\npveperf\n");
    const child = start("gaps", "--directory", directory);
    const [output] = await Promise.all([text(child.stdout), once(child, "exit")]);
    expect(output).toBe("Asked for and not simulated:\n      2  pveperf\n      1  smartctl -H /dev/sda\n");
  } finally {
    rmSync(directory, { recursive: true });
  }
});
