/** /etc/pve of real machines, written to by real programs. Where no such file system can be made it only shows. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { didLess } from "../../agents/testing/did-less.ts";
import { canMountPmxcfs } from "./mount-pmxcfs.ts";
import { run, ssh } from "./testing/clients.ts";
import { labOfFile } from "./testing/lab-folder.ts";

const { lab, directory } = labOfFile("lab-pmxcfs-");
const on = (node: string, command: string) => ssh(lab(), node, command);

it.runIf(!canMountPmxcfs())("shows the cluster and cannot be written to without /dev/fuse", async () => {
  didLess("/etc/pve is read-only: /dev/fuse is not there for this user");
  expect((await on("pve1", "cat /etc/pve/storage.cfg && touch /etc/pve/x")).stderr).toContain("Read-only");
});

it.skipIf(!canMountPmxcfs())(
  "hands on to the other node what programs write, and what it says counts",
  async () => {
    const storage = "dir: extra\\n\\tpath /srv/extra\\n\\tcontent iso\\n";
    await on("pve1", `printf '\\n${storage}' | tee -a /etc/pve/storage.cfg`);
    expect((await on("pve2", "pvesm status && cat /etc/pve/storage.cfg")).stdout).toMatch(
      /^extra +dir +active[\s\S]*extra/m,
    );
    await on("pve2", "sed -i 's/content iso$/content iso,backup/' /etc/pve/storage.cfg");
    expect((await on("pve1", "pvesh get /storage/extra --output-format json")).stdout).toContain(
      '"iso,backup"',
    );
    const moved = await on(
      "pve1",
      "cp /etc/pve/storage.cfg /etc/pve/s.new && mv /etc/pve/s.new /etc/pve/storage.cfg && ls /etc/pve/s.new",
    );
    expect(moved).toMatchObject({ exitCode: 2 });
    expect((await on("pve2", "pvesm status")).stdout).toContain("extra");
    await on(
      "pve1",
      "python3 -c \"open('/etc/pve/nodes/pve1/qemu-server/151.conf','w').write('name: py\\n')\"",
    );
    expect((await on("pve1", "qm config 151")).stdout).toBe("name: py\n");
  },
);

it.skipIf(!canMountPmxcfs())("refuses what pmxcfs refuses", async () => {
  const refused = async (command: string) => (await on("pve1", command)).stderr;
  await on("pve1", "echo x > /etc/pve/note");
  expect(await refused("chmod 644 /etc/pve/note")).toContain("Operation not permitted");
  expect(await refused("ln -s /etc/shadow /etc/pve/link")).toContain("Function not implemented");
  expect(await refused("ln /etc/pve/note /etc/pve/hard")).toContain("Operation not permitted");
  expect(await refused("mkfifo /etc/pve/pipe")).toContain("Operation not permitted");
  expect(await refused("head -c 1048577 /dev/zero > /etc/pve/big")).toContain("File too large");
  expect(await refused("umount /etc/pve")).not.toBe("");
  expect((await on("pve2", "stat -c '%U:%G %a' /etc/pve/note")).stdout).toBe("root:www-data 640\n");
});

it.skipIf(!canMountPmxcfs())("lets root in everywhere by the keys of priv/authorized_keys", async () => {
  const key = join(directory, "second-key");
  await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key]);
  const { stdout: line } = await run(["cat", `${key}.pub`]);
  await on("pve1", `echo '${line.trim()}' >> /root/.ssh/authorized_keys`);
  expect((await on("pve2", "cat /root/.ssh/authorized_keys")).stdout).toContain(line);
  const options = ["-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
  const { host, port } = lab().nodes[1] ?? { host: "", port: 0 };
  const login = await run([
    "ssh",
    ...options,
    "-o",
    "BatchMode=yes",
    "-i",
    key,
    "-p",
    `${port}`,
    `root@${host}`,
    "hostname",
  ]);
  expect(login.stdout).toBe("pve2\n");
});

it.skipIf(!canMountPmxcfs())("is read-only without quorum, and writable again with it", async () => {
  await lab().computer("pve2").shutdown();
  const alone = await on("pve1", "cat /etc/pve/corosync.conf && echo x > /etc/pve/alone");
  expect(alone).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("Permission denied") });
  expect(alone.stdout).toContain("nodelist");
  await lab().computer("pve2").boot();
  await on("pve1", "echo x > /etc/pve/again");
  expect((await on("pve2", "cat /etc/pve/again")).stdout).toBe("x\n");
});

it.skipIf(!canMountPmxcfs())("writes nothing of a file that is gone into the next of its name", async () => {
  const write = "printf old >&3; exec 3>&-; cat f";
  const removed = await on("pve1", `cd /etc/pve; exec 3>f; rm f; printf new > f; ${write}; rm f`);
  expect(removed.stdout).toBe("new");
  const replaced = await on(
    "pve1",
    `cd /etc/pve; exec 3>f; printf new > g; mv g f; ${write}; mv f f; cat f; rm f`,
  );
  expect(replaced.stdout).toBe("newnew");
});
