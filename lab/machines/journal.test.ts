/** The journal of a node holds what happened on it: logins, units, cron, what users log; `journalctl` finds it. */
import { expect, it } from "vitest";
import { ssh } from "./testing/clients.ts";
import { labOfFile } from "./testing/lab-folder.ts";

const { lab } = labOfFile("lab-journal-");

const on = async (command: string) => (await ssh(lab(), "pve1", command)).stdout;

it("tells of logins and of units", async () => {
  expect(await on("journalctl -u ssh -n 20 --no-pager")).toMatch(
    /^\w{3} \d\d \d\d:\d\d:\d\d pve1 sshd\[\d+\]: Accepted publickey for root from 192\.168\.10\.10 port \d+ ssh2: ED25519 SHA256:/m,
  );
  await on("systemctl restart pvestatd");
  expect(await on("journalctl -u pvestatd -n 1 -o cat")).toBe(
    "Started pvestatd.service - PVE Status Daemon.\n",
  );
  expect(await on("journalctl -u nope")).toBe("-- No entries --\n");
});

it("keeps what users log, and shows it in the asked form", async () => {
  expect(await on("logger -t mine -p user.err oh dear; journalctl -t mine -n 1")).toMatch(
    /pve1 mine: oh dear\n$/,
  );
  const entry = JSON.parse(await on("journalctl -t mine -n 1 -o json")) as Record<string, string>;
  expect(entry).toMatchObject({ MESSAGE: "oh dear", PRIORITY: "3", _HOSTNAME: "pve1" });
  expect(await on("journalctl -p err -b -o cat | tail -1")).toBe("oh dear\n");
  expect(await on("journalctl -p err -q -t systemd")).toBe("");
  expect(await on("journalctl --since '1 hour ago' -t mine -o cat; journalctl --since tomorrow -q")).toBe(
    "oh dear\n",
  );
});

it("tells of what cron has run", async () => {
  await on("echo '* * * * * root touch /root/ran' > /etc/cron.d/mine");
  await lab().advance(61_000);
  expect(await on("journalctl -u cron -o cat -n 3")).toContain("(root) CMD (touch /root/ran)\n");
});

it("counts boots, and keeps what was before them", async () => {
  await lab().computer("pve1").reboot();
  expect(await on("journalctl --list-boots | wc -l")).toBe("3\n");
  expect(await on("journalctl -b -1 -t mine -o cat; journalctl -b -q -t mine")).toBe("oh dear\n");
  expect(await on("journalctl -k | head -1; dmesg | head -1")).toMatch(
    /kernel: Linux version 6\.\S+-pve .*\n\[ +0\.000000\] Linux version 6\./,
  );
  expect(await on("journalctl --disk-usage")).toMatch(
    /^Archived and active journals take up \d+M in the file system\.\n$/,
  );
});
