/** What somebody writes into /etc/network/interfaces of a node counts from the next ifreload on. */
import { expect, it } from "vitest";
import { ssh } from "../machines/testing/clients.ts";
import { labOfFile } from "../machines/testing/lab-folder.ts";

const { lab } = labOfFile("lab-ifupdown-");
const on = (command: string) => ssh(lab(), "pve1", command);
const write = (...lines: string[]) =>
  on(`printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")} > /etc/network/interfaces.d/test`);

it("makes the bridges of the file, changes them, and takes those away that are gone from it", async () => {
  await write("auto vmbr7", "iface vmbr7 inet static", "  address 10.7.0.1/24", "  bridge-ports none");
  expect(await on("ifreload -a; ip -4 -br addr show vmbr7")).toMatchObject({
    stdout: expect.stringMatching(/^vmbr7 +\w+ +10\.7\.0\.1\/24 *\n$/),
    stderr: "",
  });
  await write(
    "auto vmbr7",
    "iface vmbr7 inet static",
    "  address 10.7.0.2",
    "  netmask 255.255.0.0",
    "  mtu 1400",
  );
  const changed = await on("ifreload -a; ip -4 -br addr show vmbr7; cat /sys/class/net/vmbr7/mtu");
  expect(changed.stdout).toMatch(/ 10\.7\.0\.2\/16 *\n1400\n$/);
  expect((await on("rm /etc/network/interfaces.d/test; ifreload -a; ip link show vmbr7")).stderr).toBe(
    'Device "vmbr7" does not exist.\n',
  );
  expect((await on("ip route show default; ip -br link show master vmbr0")).stdout).toMatch(
    /^default via 192\.168\.10\.1 dev vmbr0 .*\nnic0 +UP /,
  );
});

it("runs what stands there to be run, and tells of a port that is not there", async () => {
  const hook = 'post-up echo "$IFACE up" >> /root/hooks';
  await write("auto vmbr8", "iface vmbr8 inet manual", "  bridge-ports eno9", `  ${hook}`);
  expect(await on("ifup vmbr8; cat /root/hooks")).toMatchObject({
    stdout: "vmbr8 up\n",
    stderr: "error: vmbr8: bridge port eno9 does not exist\n",
  });
  expect((await on("ifquery vmbr8; ifdown vmbr8; ip link show vmbr8")).stdout).toBe(
    `auto vmbr8\niface vmbr8 inet manual\n\tbridge-ports eno9\n\t${hook}\n\n`,
  );
});

it("refuses what it does not know, and who is not root", async () => {
  expect(await on("ifup nope")).toMatchObject({
    exitCode: 1,
    stderr: "error: cannot find interfaces: nope\n",
  });
  expect(await on("ifquery --check vmbr0")).toMatchObject({ exitCode: 69 });
  expect(await on("setpriv --reuid=nobody --clear-groups ifreload -a")).toMatchObject({
    exitCode: 1,
    stderr: "error: must be root to run this command\n",
  });
});
