/** What runs behind the units of a node: processes and sockets that its own programs find, and that can be ended. */
import { expect, it } from "vitest";
import { ssh } from "./testing/clients.ts";
import { tunnel } from "./testing/lab-api.ts";
import { labOfFile } from "./testing/lab-folder.ts";

const { lab } = labOfFile("lab-daemons-");

const on = async (command: string) => (await ssh(lab(), "pve1", command)).stdout;
const soon = (condition: string) =>
  on(`for i in $(seq 100); do if ${condition}; then echo yes; exit; fi; sleep 0.1; done; echo no`);

it("shows a process for each active service, by the pid that systemctl says", async () => {
  const units = "pveproxy pvedaemon pvestatd pve-cluster corosync rpcbind ssh cron chrony postfix";
  const shown = await on(
    `for u in ${units}; do p=$(systemctl show -P MainPID $u); echo "$u $(cat /proc/$p/comm)"; done`,
  );
  expect(shown).toBe(
    "pveproxy pveproxy\npvedaemon pvedaemon\npvestatd pvestatd\npve-cluster pmxcfs\ncorosync corosync\n" +
      "rpcbind rpcbind\nssh sshd\ncron cron\nchrony chronyd\npostfix master\n",
  );
  expect(await on("pgrep -c pveproxy; pidof corosync | wc -w; ps -o ppid= -C pmxcfs")).toMatch(
    /^4\n1\n +1\n$/,
  );
  expect(await on("ps -o user= -C qmgr; systemctl status pve-cluster")).toMatch(
    /^postfix\n[\s\S]*Main PID: (\d+) \(pmxcfs\)\n[\s\S]*└─\1 \/usr\/bin\/pmxcfs\n/,
  );
});

it.each([
  ["ss -ltnpH", /:8006 .*\("pveproxy",pid=/],
  ["ss -ltnpH", /:3128 .*"spiceproxy"/],
  ["ss -ltnpH", /127\.0\.0\.1:85 .*"pvedaemon"/],
  ["ss -ltnH", /0\.0\.0\.0:111 /],
  ["ss -ulnpH", /192\.168\.10\.201:5405 .*"corosync"/],
])("%s has %s", async (command, line) => {
  expect(await on(command)).toMatch(line);
});

it("closes the port of a service that is stopped, and opens it again", async () => {
  expect(await on("systemctl stop pveproxy; pgrep -c pveproxy; ss -ltnH 'sport = 8006'")).toBe("0\n");
  expect(await tunnel(lab(), "192.168.10.201:8006")).toBe(0);
  await on("systemctl start pveproxy");
  expect(await soon("ss -ltnH 'sport = 8006' | grep -q .")).toBe("yes\n"); // on a busy machine a moment later
  expect(await tunnel(lab(), "192.168.10.201:8006")).toMatchObject({ destroyed: false });
});

it("answers at 8006 whatever else a process of the node hands to the lab", async () => {
  const hand = (what: string) =>
    `c = socket.socket(socket.AF_UNIX); c.connect("\\0lab-api"); kept.append(c); ${what}`;
  const script = [
    "import os, socket",
    "kept = []",
    hand("pass"),
    hand('socket.send_fds(c, [b"."], [os.open("/etc/passwd", 0)])'),
    hand('s = socket.socket(); socket.send_fds(c, [b"."], [s.fileno()])'),
    hand('c.send(b".")'),
    "print('given')",
  ];
  expect(await on(`python3 - <<'E'\n${script.join("\n")}\nE`)).toBe("given\n");
  expect(await on("curl -sk -o /dev/null -w '%{http_code}' https://192.168.10.201:8006/")).toBe("200");
});

it("gives a service that is restarted another process, and one that is started again the same", async () => {
  const pid = "systemctl show -P MainPID pvestatd";
  const [before, started, restarted] = (
    await on(`${pid}; systemctl start pvestatd; ${pid}; systemctl restart pvestatd; ${pid}`)
  ).split("\n");
  expect(started).toBe(before);
  expect(Number(restarted)).toBeGreaterThan(Number(before));
  expect(await on("pgrep -c pvestatd")).toBe("1\n");
});

it("starts again what has failed where its unit says so, and lets the other fail", async () => {
  await on("kill -9 $(pidof -s pmxcfs) $(pidof -s pvestatd)");
  expect(await soon("systemctl is-failed -q pvestatd && pidof -q pmxcfs")).toBe("yes\n");
  expect(await on("systemctl is-active pve-cluster; journalctl -u pve-cluster -n 3 --no-pager -o cat")).toBe(
    "active\npve-cluster.service: Main process exited, code=killed, status=9/KILL\n" +
      "pve-cluster.service: Failed with result 'signal'.\n" +
      "pve-cluster.service: Scheduled restart job, restart counter is at 1.\n",
  );
  expect(await on("systemctl --failed --no-legend --plain")).toMatch(
    /^pvestatd\.service +loaded failed failed /,
  );
  expect(
    await on(
      "systemctl reset-failed; systemctl is-active pvestatd; systemctl start pvestatd; pgrep -c pvestatd",
    ),
  ).toBe("inactive\n1\n");
});

it("takes a daemon that is asked to end for one that has", async () => {
  await on("kill $(pidof -s spiceproxy)");
  expect(await soon("test $(systemctl is-active spiceproxy) = inactive")).toBe("yes\n");
  expect(await on("pgrep -c spiceproxy; ss -ltnH 'sport = 3128'; systemctl start spiceproxy")).toBe("0\n");
});

it("brings up at the next boot what is enabled, and not what is masked", async () => {
  await on("systemctl stop rpcbind; systemctl mask ksmtuned 2>/dev/null; kill -9 $(pidof -s pvestatd)");
  await lab().computer("pve1").reboot();
  expect(await on("systemctl is-active rpcbind pvestatd ksmtuned; pgrep -c ksmtuned")).toBe(
    "active\nactive\ninactive\n0\n",
  );
  expect(await on("ss -ltnH 'sport = 111' | wc -l; systemctl --failed --no-legend --plain")).toBe("2\n");
});
