/** Copies of a guest's files: clones, snapshots, and that none is left. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { labOfFile } from "../machines/testing/lab-folder.ts";
import { type Admin, adminOf } from "./testing/guest-clients.ts";

const { directory, lab } = labOfFile("lab-copies-");
let admin: Admin;

beforeAll(async () => {
  admin = adminOf(lab(), directory);
  await admin.download();
});

it("copies a disk as it is at that time, takes it back to a snapshot, and leaves nothing of a destroyed one", async () => {
  const { on, ssh, key } = admin;
  await admin.create(
    100,
    "192.168.10.60",
    "--name",
    "web",
    "--ciuser",
    "ops",
    "--sshkeys",
    encodeURIComponent(key),
  );
  await admin.start("qm", 100);
  await ssh("ops@192.168.10.60", "echo kept >note");
  await on("qm", "snapshot", "100", "before");
  await lab().guests.settled();
  await ssh("ops@192.168.10.60", "echo changed >note");
  await on(..."qm clone 100 104 --full --name copy".split(" "));
  await on(..."qm set 104 --ipconfig0 ip=192.168.10.61/24".split(" "));
  await lab().guests.settled();
  await on("qm", "stop", "100");
  await on("qm", "rollback", "100", "before");
  await admin.start("qm", 100);
  await admin.start("qm", 104);
  expect((await ssh("ops@192.168.10.60", "cat note")).stdout).toBe("kept\n");
  expect((await ssh("ops@192.168.10.61", "cat note; hostname")).stdout).toBe("changed\ncopy\n");
  const copies = join(directory, "lab/guests/copies");
  const before = readdirSync(copies).length;
  for (const vmid of ["100", "104"]) {
    await on("qm", "stop", vmid);
    if (vmid === "100") await on("qm", "delsnapshot", vmid, "before");
    await on("qm", "destroy", vmid);
  }
  await lab().guests.settled();
  expect(readdirSync(copies).length).toBeLessThanOrEqual(before - 3);
  expect(existsSync(join(directory, "lab/guests/control-104"))).toBe(false);
  expect((await ssh("ops@192.168.10.60", "true")).exitCode).toBe(255);
}, 300_000);
