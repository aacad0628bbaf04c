/** Programs of this machine that say on a node what they would say there. */
import { expect, it } from "vitest";
import { ssh } from "./testing/clients.ts";
import { labOfFile } from "./testing/lab-folder.ts";

const { lab } = labOfFile("lab-wrapped-programs-");

const on = async (command: string) => {
  const { stdout, stderr, exitCode } = await ssh(lab(), "pve1", command);
  return `${stdout}${stderr}${exitCode}`;
};

it("shows a network card that is no end of a pair, as text and as JSON", async () => {
  expect(await on("ip -br link show nic0")).toMatch(/^nic0 {13}UP {13}bc:24:11:/);
  expect(await on("ip link show nic0")).toMatch(/^\d+: nic0: <BROADCAST/);
  expect(await on("ip -d link; ip -j link")).not.toMatch(/@if|netnsid/);
  expect(
    await on(
      "ip -j link show nic0 | python3 -c 'import json, sys; print(json.load(sys.stdin)[0][\"ifname\"])'",
    ),
  ).toBe("nic0\n0");
});

it("changes interfaces and ends as ip does", async () => {
  expect(await on("ip link add vmbr9 type bridge && ip -br link show vmbr9 | wc -l")).toBe("1\n0");
  expect(await on("ip link show nothing")).toBe('Device "nothing" does not exist.\n1');
  expect(await on("ip link add vmbr9 type bridge")).toMatch(/File exists\n2$/);
  expect(await on("ip link add x9 type nonsense")).toMatch(
    /^lab: 'ip link add x9 type nonsense' is not simulated\n69$/,
  );
});

it("tells of one OpenSSH, of who is logged in and of the boot", async () => {
  expect(await on("ssh -V")).toMatch(/^OpenSSH_10\.0p2 Debian-7, OpenSSL 3\.5\.\d /);
  expect(await on("loginctl list-users --no-legend")).toMatch(/^ *0 root /);
  expect(await on("systemd-analyze | head -1")).toMatch(/^Startup finished in /);
  expect(await on("systemd-analyze verify /etc/systemd/system/no.service")).toMatch(
    /No such file or directory\n1$/,
  );
});

it("says that a file's attributes are not simulated, instead of failing to set them", async () => {
  expect(await on("chattr +i /etc/hosts")).toBe("lab: 'chattr +i /etc/hosts' is not simulated\n69");
});
