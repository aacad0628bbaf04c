/** The Proxmox firewall of real machines: ports that are really closed, and open again. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ssh } from "./testing/clients.ts";
import { tunnel } from "./testing/lab-api.ts";
import { labOfFile } from "./testing/lab-folder.ts";

const { lab, directory } = labOfFile("lab-firewall-");
const on = (node: string, command: string) => ssh(lab(), node, command);

/** From the admin's place. */
async function isOpen(port: number): Promise<boolean> {
  const socket = await tunnel(lab(), `192.168.10.201:${port}`);
  if (typeof socket === "number") return false;
  socket.destroy();
  return true;
}

const LISTEN =
  "setsid python3 -m http.server 7777 >/dev/null 2>&1 & while ! ss -tln | grep -q :7777; do sleep 0.05; done";

it("closes what it does not name, and keeps the cluster's own network in", async () => {
  await on("pve1", LISTEN);
  expect(await isOpen(7777)).toBe(true);
  const enabled = await on(
    "pve1",
    "pvesh create /cluster/firewall/rules --type in --action REJECT --proto tcp --dport 7777 --enable 1 && pvesh set /cluster/firewall/options --enable 1 && pve-firewall status",
  );
  expect(enabled.stdout).toBe("Status: enabled/running\n");
  expect(await isOpen(7777)).toBe(false);
  expect([await isOpen(22), await isOpen(8006)]).toEqual([true, true]);
  expect((await on("pve1", "iptables -S PVEFW-HOST-IN")).stdout).toContain("--dport 7777 -j PVEFW-reject");
});

it("opens again what a rule of the node's own allows before the cluster's", async () => {
  await on(
    "pve1",
    "pvesh create /nodes/pve1/firewall/rules --type in --action ACCEPT --proto tcp --dport 7777 --enable 1",
  );
  expect(await isOpen(7777)).toBe(true);
  await on("pve1", "pvesh delete /nodes/pve1/firewall/rules/0");
  expect(await isOpen(7777)).toBe(false);
});

it("is there again after somebody has flushed its chains, and gone when it is stopped", async () => {
  await on("pve1", "iptables -F; iptables -X; true");
  expect(await isOpen(7777)).toBe(true);
  await lab().advance(11_000);
  expect(await isOpen(7777)).toBe(false);
  await on("pve1", "systemctl stop pve-firewall");
  expect(await isOpen(7777)).toBe(true);
  expect((await on("pve1", "iptables -S; pve-firewall status")).stdout).toMatch(
    /^(?!.*PVEFW)[\s\S]*enabled\/stopped/,
  );
  await on("pve1", "pve-firewall start");
  expect(await isOpen(7777)).toBe(false);
});

it("keeps its old rules where iptables refuses the new ones, says so, and tries again", async () => {
  const rules = "/cluster/firewall/rules";
  await on(
    "pve1",
    `pvesh create /cluster/firewall/groups --group web && pvesh create ${rules} --type group --action web --enable 1`,
  );
  await on("pve1", "iptables -A FORWARD -j GROUP-web-IN"); // in use, the chain cannot be deleted
  await on(
    "pve1",
    `pvesh delete ${rules}/0; pvesh create ${rules} --type in --action ACCEPT --proto tcp --dport 7777 --enable 1`,
  );
  await lab().advance(25_000);
  expect(await isOpen(7777)).toBe(false);
  const told = (await on("pve1", "journalctl -u pve-firewall -p err")).stdout;
  expect(told.match(/status update error: command 'iptables-restore' failed/g)).toHaveLength(2); // once for each change
  await on("pve1", "iptables -D FORWARD -j GROUP-web-IN");
  await lab().advance(11_000);
  expect(await isOpen(7777)).toBe(true);
  await on("pve1", `pvesh delete ${rules}/0`);
  expect(await isOpen(7777)).toBe(false);
});

it("keeps its old rules where sets and lists would make too many, and says so", async () => {
  const list = Array.from({ length: 150 }, (_, at) => `10.0.0.${at}`).join(",");
  await on(
    "pve1",
    `pvesh create /cluster/firewall/rules --type in --action ACCEPT --source ${list} --dest ${list} --enable 1`,
  );
  expect(await isOpen(7777)).toBe(false);
  expect((await on("pve1", "journalctl -u pve-firewall -p err")).stdout).toContain("more than 20000");
  await on("pve1", "pvesh delete /cluster/firewall/rules/0");
});

it("does not depend on the files of /etc/pve: what keeps those is told", async () => {
  const draft = join(directory, "lab/pve1/pve.new");
  mkdirSync(draft);
  await on("pve1", "qm create 321 && pvesh set /cluster/firewall/options --enable 0");
  expect(await isOpen(7777)).toBe(true);
  expect((await on("pve1", "journalctl -u pve-cluster -p err")).stdout).toContain(
    "unable to bring /etc/pve up",
  );
  rmSync(draft, { recursive: true });
  await on("pve1", "pvesh set /cluster/firewall/options --enable 1");
  expect(await isOpen(7777)).toBe(false);
});

it("comes back with a reboot, and goes with its option", async () => {
  await lab().computer("pve1").reboot();
  await on("pve1", LISTEN);
  expect(await isOpen(7777)).toBe(false);
  await on("pve2", "pvesh set /cluster/firewall/options --enable 0");
  expect(await isOpen(7777)).toBe(true);
});
