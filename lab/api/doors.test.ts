import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Lab, startLab } from "../lab.ts";
import { removeLab } from "../machines/remove-lab.ts";
import { requirePrograms, ssh } from "../machines/testing/clients.ts";
import { askApi } from "../machines/testing/lab-api.ts";

let directory: string;
let lab: Lab;
let token: string;

beforeAll(async () => {
  requirePrograms({ ssh: "openssh-client", openssl: "openssl" });
  directory = mkdtempSync(join(tmpdir(), "lab-doors-"));
  lab = await startLab({ directory, start: "fresh", signal: new AbortController().signal });
  token = lab.issueToken("tf");
});
afterAll(async () => {
  await lab?.close();
  await removeLab(directory);
});

const AT_NODE = "https://192.168.10.201:8006/api2/json";

it("answers on port 8006 of a node from the admin's place, with the certificate of the cluster's CA", async () => {
  expect(await askApi(lab, { url: `${AT_NODE}/version`, token })).toMatchObject({
    status: 200,
    data: { version: "9.1.1" },
  });
  const wrong = await askApi(lab, { url: `${AT_NODE}/version`, token: token.replace(/.{4}$/, "0000") });
  expect(wrong).toMatchObject({ status: 401, phrase: "invalid token value!" });
  expect(await askApi(lab, { url: `${lab.apiUrl}/api2/json/version`, token })).toMatchObject({ status: 200 });
});

it("sees what a node's own tools make, and they what it makes", async () => {
  expect((await ssh(lab, "pve2", "qm create 9101 --name web-01")).exitCode).toBe(0);
  const { data } = await askApi(lab, { url: `${AT_NODE}/cluster/resources?type=vm`, token });
  expect(data).toMatchObject([{ id: "qemu/9101", name: "web-01", node: "pve2" }]);
  const form = { vmid: "9102", name: "web-02", scsi0: "local-lvm:8" };
  const made = await askApi(lab, { method: "POST", url: `${AT_NODE}/nodes/pve1/qemu`, token, form });
  expect(made).toMatchObject({
    status: 200,
    data: expect.stringMatching(/^UPID:pve1:.*:qmcreate:9102:root@pam!tf:$/),
  });
  expect((await ssh(lab, "pve1", "qm list")).stdout).toMatch(/^ +9102 web-02 +stopped /m);
  expect((await ssh(lab, "pve2", "cat /etc/pve/nodes/pve1/qemu-server/9102.conf")).stdout).toContain(
    "scsi0: local-lvm:vm-9102-disk-0,size=8G\n",
  );
});
