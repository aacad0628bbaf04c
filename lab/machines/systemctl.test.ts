/** `systemctl` as people, plays and hardening roles use it on a node. */
import { expect, it } from "vitest";
import { ssh } from "./testing/clients.ts";
import { labOfFile } from "./testing/lab-folder.ts";

const { lab } = labOfFile("lab-systemctl-");

const on = (command: string) => ssh(lab(), "pve1", command);

it.each([
  ["systemctl is-active ssh pveproxy", 0, /^active\nactive\n$/],
  ["systemctl is-enabled rpcbind.socket ssh.socket", 1, /^enabled\ndisabled\n$/],
  ["systemctl is-enabled nope", 4, /^not-found\n$/],
  [
    "systemctl status pveproxy",
    0,
    /^● pveproxy\.service - PVE API Proxy Server\n {5}Loaded: loaded \(.*enabled; preset: enabled\)\n {5}Active: active \(running\) since /,
  ],
  ["systemctl status nftables", 3, /^○ nftables\.service - nftables\n/],
  ["systemctl status nope 2>&1", 4, /^Unit nope\.service could not be found\.\n$/],
  [
    "systemctl show ssh -p LoadState,ActiveState,UnitFileState",
    0,
    /^LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n$/,
  ],
  ["systemctl show nope -P LoadState", 0, /^not-found\n$/],
  [
    "systemctl cat pveproxy",
    0,
    /^# \/usr\/lib\/systemd\/system\/pveproxy\.service\n\[Unit\]\n[\s\S]*ExecStart=\/usr\/bin\/pveproxy start\n/,
  ],
  [
    "systemctl list-units --type=timer --no-legend --plain | head -1",
    0,
    /^apt-daily-upgrade\.timer +loaded active waiting /,
  ],
  [
    "systemctl list-unit-files 'pve*' --state=static --no-legend",
    0,
    /^pve-daily-update\.service +static -\n/,
  ],
  [
    "systemctl list-timers",
    0,
    /^NEXT +LEFT +LAST +PASSED +UNIT +ACTIVATES\n[\s\S]*pve-daily-update\.timer +pve-daily-update\.service\n/,
  ],
  ["systemctl list-sockets --no-legend", 0, /rpcbind\.socket +rpcbind\.service\n/],
  ["systemctl frobnicate 2>&1", 1, /^Unknown command verb 'frobnicate'\.\n$/],
])("%s ends with %i", async (command, exitCode, stdout) => {
  const outcome = await on(command);
  expect(outcome.stdout).toMatch(stdout);
  expect(outcome.exitCode).toBe(exitCode);
});

it("starts nothing that is masked, and forgets nothing of it over a reboot", async () => {
  expect(await on("systemctl mask --now cron")).toEqual({
    ...{ exitCode: 0, stdout: "" },
    stderr: "Created symlink '/etc/systemd/system/cron.service' → '/dev/null'.\n",
  });
  expect(await on("systemctl start cron")).toMatchObject({
    exitCode: 1,
    stderr: "Failed to start cron.service: Unit cron.service is masked.\n",
  });
  await lab().computer("pve1").reboot();
  expect((await on("systemctl is-enabled cron; readlink /etc/systemd/system/cron.service")).stdout).toBe(
    "masked\n/dev/null\n",
  );
  expect((await on("systemctl unmask cron; systemctl is-enabled cron")).stdout).toBe("enabled\n");
  await on("systemctl start cron");
});

it("remembers what is stopped and disabled of what only the node knows", async () => {
  expect((await on("systemctl disable --now rpcbind.socket rpcbind.service")).stderr).toBe(
    "Removed '/etc/systemd/system/sockets.target.wants/rpcbind.socket'.\n" +
      "Removed '/etc/systemd/system/multi-user.target.wants/rpcbind.service'.\n",
  );
  expect((await on("systemctl is-active rpcbind.socket; systemctl is-enabled rpcbind.socket")).stdout).toBe(
    "inactive\ndisabled\n",
  );
});

it("tells of a service of its own that failed, until it is forgiven", async () => {
  await on(
    "printf '[Unit]\\nDescription=Bad\\n[Service]\\nType=oneshot\\nExecStart=/bin/false\\n' > /etc/systemd/system/bad.service; systemctl daemon-reload",
  );
  expect((await on("systemctl start bad")).exitCode).toBe(1);
  expect(
    (await on("systemctl --failed --no-legend; systemctl is-system-running; systemctl is-failed bad")).stdout,
  ).toBe("● bad.service loaded failed failed Bad\ndegraded\nfailed\n");
  expect((await on("systemctl reset-failed; systemctl is-system-running")).stdout).toBe("running\n");
});

it("reloads a service of its own with what its file says", async () => {
  const unit =
    '[Service]\\nExecStart=/bin/sleep 600\\nExecReload=/bin/sh -c "echo $MAINPID > /root/reloaded"\\n';
  await on(
    `printf '${unit}' > /etc/systemd/system/mine.service; systemctl daemon-reload; systemctl start mine`,
  );
  const { stdout } = await on(
    "systemctl reload mine && cat /root/reloaded && systemctl show -P MainPID mine && pgrep -f '^/bin/sleep 600'",
  );
  expect(new Set(stdout.trim().split("\n")).size).toBe(1);
  expect(stdout).toMatch(/^[1-9]\d*\n/);
  await on(
    "mkdir -p /etc/systemd/system/mine.service.d; echo '# drop-in' > /etc/systemd/system/mine.service.d/a.conf",
  );
  expect((await on("systemctl cat mine")).stdout).toMatch(
    /# \/etc\/systemd\/system\/mine\.service\.d\/a\.conf\n# drop-in\n$/,
  );
});
