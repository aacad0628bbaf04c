/** What reaches into a guest from its node: the agent, pct, and the pages that it serves to others. */
import { beforeAll, expect, it } from "vitest";
import { runIn } from "../machines/run-in.ts";
import { askApi } from "../machines/testing/lab-api.ts";
import { labOfFile } from "../machines/testing/lab-folder.ts";
import { type Admin, adminOf, TEMPLATE } from "./testing/guest-clients.ts";

const { directory, lab } = labOfFile("lab-inside-");
let admin: Admin;
const ADDRESS = "192.168.10.60";

beforeAll(async () => {
  admin = adminOf(lab(), directory);
  await admin.download();
});

function pve1() {
  const machine = lab().computer("pve1").machine;
  if (!machine) throw new Error("pve1 is off");
  return machine;
}

/** As somebody types it on the node. */
async function typed(line: string, input = ""): Promise<string> {
  const { stdout, stderr, exitCode } = await runIn(pve1(), ["/bin/sh", "-c", line], { env: ENV, input });
  return exitCode === 0 ? stdout : `${stdout}${stderr}exit ${exitCode}\n`;
}
const ENV = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root" };

it("has no agent until it is installed and runs; then it answers over the API and qm", async () => {
  const { on, ssh, key, create, start } = admin;
  await create(100, ADDRESS, "--name", "web", "--agent", "1", "--sshkeys", encodeURIComponent(key));
  await start("qm", 100);
  expect(await typed("qm agent 100 ping")).toContain("QEMU guest agent is not running");
  const installed = await ssh(
    `debian@${ADDRESS}`,
    "sudo apt-get update -q; sudo apt-get install -qy qemu-guest-agent nginx",
  );
  expect(installed.stdout).toContain("Setting up nginx");
  expect(await typed("qm agent 100 ping")).toBe("");
  const token = lab().issueToken("inside");
  const base = "https://192.168.10.201:8006/api2/json/nodes/pve1/qemu/100/agent";
  const { data } = await askApi(lab(), { url: `${base}/network-get-interfaces`, token });
  const rows = (data as { result: { name: string; "ip-addresses": object[] }[] }).result;
  expect(rows.find(({ name }) => name === "eth0")?.["ip-addresses"]).toContainEqual({
    ...{ "ip-address": ADDRESS, "ip-address-type": "ipv4", prefix: 24 },
  });
  const info = await askApi(lab(), { url: `${base}/get-osinfo`, token });
  expect(info.data).toMatchObject({
    result: { id: "debian", "kernel-release": "6.12.57+deb13-cloud-amd64" },
  });
  const ran = await typed("qm guest exec 100 -- sh -c 'hostname; id -u; echo no >&2; exit 3'");
  expect(JSON.parse(ran)).toEqual({ "err-data": "no\n", exitcode: 3, exited: 1, "out-data": "web\n0\n" });
  expect(await typed("qm guest exec 100 --pass-stdin 1 -- cat", "said\n")).toContain(
    '"out-data" : "said\\n"',
  );
  const begun = await askApi(lab(), {
    method: "POST",
    url: `${base}/exec`,
    token,
    form: { command: "hostname" },
  });
  const { pid } = begun.data as { pid: number };
  await expect
    .poll(async () => (await askApi(lab(), { url: `${base}/exec-status?pid=${pid}`, token })).data, {
      timeout: 10_000,
    })
    .toEqual({ exited: 1, exitcode: 0, "out-data": "web\n" });
  await typed("qm guest cmd 100 fsfreeze-freeze");
  expect(await typed("qm guest cmd 100 fsfreeze-status")).toBe("frozen\n");
  await typed("qm guest cmd 100 fsfreeze-thaw");
  await on("qm", "set", "100", "--serial0", "socket");
  expect(await typed("qm terminal 100")).toContain("web login:");
}, 120_000);

it("serves a page to the admin's place as its own firewall allows, and after a reboot", async () => {
  const { ssh, page, on } = admin;
  const login = `debian@${ADDRESS}`;
  expect((await page(`http://${ADDRESS}/`)).stdout).toContain("Welcome to nginx!");
  await ssh(
    login,
    "echo '<h1>mine</h1>' | sudo tee /var/www/html/index.html; sudo chmod 600 /var/www/html/index.nginx-debian.html",
  );
  expect((await page(`http://${ADDRESS}/`)).stdout).toBe("<h1>mine</h1>\n");
  expect((await page(`http://${ADDRESS}/index.nginx-debian.html`)).stdout).toContain("403 Forbidden");
  expect((await page(`http://${ADDRESS}/../../etc/shadow`)).stdout).toContain("404 Not Found");
  const moved =
    "sudo sed -i 's/listen 80 default_server/listen 8080 default_server/' /etc/nginx/sites-available/default";
  await ssh(login, `${moved}; sudo systemctl reload nginx`);
  expect((await page(`http://${ADDRESS}:8080/`)).stdout).toBe("<h1>mine</h1>\n");
  expect((await page(`http://${ADDRESS}/`)).exitCode).not.toBe(0);
  await on("qm", "reboot", "100");
  await lab().guests.settled();
  expect((await page(`http://${ADDRESS}:8080/`)).stdout).toBe("<h1>mine</h1>\n");
  await ssh(
    login,
    "sudo nft add rule inet filter input tcp dport 8080 drop || sudo nft add table inet filter",
  );
  await ssh(
    login,
    "sudo nft 'add chain inet filter closed { type filter hook input priority 0; }'; sudo nft add rule inet filter closed tcp dport 8080 drop",
  );
  expect((await page(`http://${ADDRESS}:8080/`)).exitCode).not.toBe(0);
}, 120_000);

it("runs programs in a container, and carries files in and out", async () => {
  const { on } = admin;
  await on("pveam", "download", "local", TEMPLATE);
  await on(
    ...["pct", "create", "200", `local:vztmpl/${TEMPLATE}`, "--hostname", "box", "--rootfs", "local-lvm:4"],
    ...["--net0", "name=eth0,bridge=vmbr0,ip=dhcp"],
  );
  await on("pct", "start", "200");
  expect(await typed("pct exec 200 -- sh -c 'hostname; id -un; ls -d /etc/pve 2>&1; exit 4'")).toMatch(
    /^box\nroot\nls: .*exit 4\n$/s,
  );
  expect(await typed("pct exec 200 -- cat", "through\n")).toBe("through\n");
  expect(await typed("pct enter 200", "cat /etc/hostname\n")).toContain("box\n");
  await typed(
    "echo carried >/root/in; pct push 200 /root/in /root/there --perms 0600; pct exec 200 -- stat -c %a /root/there",
  );
  expect(await typed("pct pull 200 /root/there /root/back; cat /root/back")).toBe("carried\n");
  await typed("pct exec 200 -- ln -s /etc/shadow /root/link");
  expect(await typed("pct pull 200 /root/link /root/leak")).toContain(
    "failed to open /root/link for reading",
  );
  expect(await typed("pct exec 200 -- no-such-program")).toContain("exit 127");
}, 120_000);
