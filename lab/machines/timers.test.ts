import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Lab, startLab } from "../lab.ts";
import { removeLab } from "./remove-lab.ts";
import { requirePrograms, ssh } from "./testing/clients.ts";

let directory: string;
let lab: Lab;
const MINUTE_MS = 60_000;

beforeAll(async () => {
  requirePrograms({ ssh: "openssh-client", nft: "nftables" });
  directory = mkdtempSync(join(tmpdir(), "lab-timers-"));
  const signal = new AbortController().signal;
  lab = await startLab({ directory: join(directory, "lab"), start: "fresh", signal });
});
afterAll(async () => {
  await lab?.close();
  await removeLab(directory);
  expect(existsSync(directory)).toBe(false); // and with it what belonged to ops
});

const on = async (command: string) => (await ssh(lab, "pve1", command)).stdout;

const putTimer = (name: string, timer: string) =>
  ssh(
    lab,
    "pve1",
    `printf '[Unit]\\nDescription=x\\n[Timer]\\n${timer}\\n[Install]\\nWantedBy=timers.target\\n' > /etc/systemd/system/${name}.timer
     printf '[Service]\\nType=oneshot\\nExecStart=/bin/sh -c "echo ran >> /root/${name}.log"\\n' > /etc/systemd/system/${name}.service
     systemctl daemon-reload && systemctl enable --now ${name}.timer`,
  );

it("runs what systemd-run is told to, once, when its time has come, and not after a reboot", async () => {
  const told =
    "systemd-run --on-active=90 --unit=undo /bin/sh -c 'echo \"$HOSTNAME\" undone > /root/undo.log'";
  expect(await ssh(lab, "pve1", told)).toMatchObject({
    exitCode: 0,
    stderr: "Running timer as unit: undo.timer\nWill run service as unit: undo.service\n",
  });
  expect(await on("systemctl is-active undo.timer; systemctl list-timers | grep -c undo")).toBe(
    "active\n1\n",
  );
  await lab.advance(MINUTE_MS);
  expect(await on("cat /root/undo.log 2>&1")).toContain("No such file");
  await lab.advance(MINUTE_MS);
  expect(await on("cat /root/undo.log; systemctl is-active undo.timer")).toMatch(/undone\ninactive\n$/);
  await ssh(lab, "pve1", "rm /root/undo.log; systemd-run --on-active=90 --unit=undo touch /root/undo.log");
  await lab.computer("pve1").reboot();
  await lab.advance(3 * MINUTE_MS);
  expect(await on("ls /root/undo.log 2>&1")).toContain("No such file");
});

it("stops a timer that is told to stop", async () => {
  await ssh(
    lab,
    "pve1",
    "systemd-run --on-active=60 --unit=late touch /root/late; systemctl stop late.timer",
  );
  await lab.advance(2 * MINUTE_MS);
  expect(await on("ls /root/late 2>&1")).toContain("No such file");
});

it("keeps a timer with a unit file over a reboot, and catches up with what a persistent one has missed", async () => {
  expect(await putTimer("tidy", "OnCalendar=daily\\nPersistent=true")).toMatchObject({ exitCode: 0 });
  expect(await putTimer("fresh", "OnBootSec=2min")).toMatchObject({ exitCode: 0 });
  await lab.computer("pve1").shutdown();
  await lab.advance(25 * 60 * MINUTE_MS);
  await lab.computer("pve1").boot();
  await lab.advance(0);
  expect(await on("cat /root/tidy.log; systemctl is-enabled tidy.timer")).toBe("ran\nenabled\n");
  await lab.advance(3 * MINUTE_MS);
  expect(await on("tail -n1 /root/fresh.log")).toBe("ran\n");
});

it("runs crontabs as their users, and those of the system", async () => {
  await ssh(
    lab,
    "pve1",
    "useradd -m ops; echo '*/5 * * * * id -un > $HOME/cron.log' | su ops -c 'crontab -'",
  );
  expect(await on("su ops -c 'crontab -l'; crontab -l 2>&1")).toMatch(/^\*\/5 .*\nno crontab for root\n$/);
  await ssh(lab, "pve1", "echo '* * * * * root echo 100\\% > /root/system.log' > /etc/cron.d/mine");
  await lab.advance(6 * MINUTE_MS);
  expect(await on("cat /home/ops/cron.log /root/system.log")).toBe("ops\n100%\n");
  const refused = await ssh(lab, "pve1", "echo 'every minute' | crontab -");
  expect(refused).toMatchObject({ exitCode: 1 });
  expect((await ssh(lab, "pve1", "su ops -c 'crontab -u root -l'")).stderr).toContain("must be privileged");
});

it("lets an ordinary user look, not change", async () => {
  const { exitCode, stderr } = await ssh(lab, "pve1", "su ops -c 'systemctl stop ssh'");
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain("Interactive authentication required");
  expect((await ssh(lab, "pve1", "su ops -c 'systemctl is-active ssh'")).stdout).toBe("active\n");
  expect((await ssh(lab, "pve1", "su ops -c '/usr/sbin/qm list'")).stderr).toContain("ipcc_send_rec");
});

it("goes down and comes back when root says so, and loses what a boot loses", async () => {
  await ssh(lab, "pve1", "echo x > /tmp/x; echo x > /run/x; echo x > /root/x");
  const booted = lab.computer("pve1").nextBoot();
  await ssh(lab, "pve1", "sleep 600 & reboot");
  await booted;
  expect(await on("ls /tmp/x /run/x /root/x 2>/dev/null; pgrep -cxf 'sleep 600'")).toBe("/root/x\n0\n");
});
