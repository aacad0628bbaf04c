/** The folders of a node's storages and the cluster's state hold the same files, whoever made them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ssh } from "./testing/clients.ts";
import { askApi } from "./testing/lab-api.ts";
import { labOfFile } from "./testing/lab-folder.ts";

const { directory, lab } = labOfFile("lab-storage-files-");

const on = async (command: string) => {
  const { stdout, stderr } = await ssh(lab(), "pve1", command);
  return stdout + stderr;
};

it("has the folders of its storages from the first boot", async () => {
  expect(await on("ls /var/lib/vz /var/lib/vz/template")).toBe(
    "/var/lib/vz:\ndump\nimages\nimport\nsnippets\ntemplate\n\n/var/lib/vz/template:\ncache\niso\n",
  );
});

it("tells whoever asks the API of a file that was put there, and removes it for them", async () => {
  const token = lab().issueToken("files");
  const content = `${lab().apiUrl}/api2/json/nodes/pve1/storage/local/content`;
  await on("pvesm set local --content iso,vztmpl,backup,import,snippets");
  writeFileSync(join(directory, "lab/pve1/root/var/lib/vz/snippets/web.yaml"), "#cloud-config\n");
  const { data } = await askApi(lab(), { url: `${content}?content=snippets`, token });
  expect(data).toMatchObject([{ volid: "local:snippets/web.yaml", format: "snippet", size: 14 }]);
  await askApi(lab(), { method: "DELETE", url: `${content}/local:snippets%2Fweb.yaml`, token });
  expect(await on("ls /var/lib/vz/snippets")).toBe("");
});

it("takes a file that somebody puts there for a volume, and its removal for the volume's", async () => {
  const file = "/var/lib/vz/template/iso/tiny.iso";
  await on(`truncate -s 3M ${file}; touch /var/lib/vz/template/iso/readme.txt`);
  expect(await on("pvesm list local")).toMatch(/^local:iso\/tiny\.iso +iso +iso +3145728\s*$/m);
  expect(await on("pvesm list local")).not.toContain("readme");
  await on(`truncate -s 4M ${file}`);
  expect(await on("pvesm list local --content iso")).toContain("4194304");
  await on(`rm ${file}`);
  expect(await on("pvesm list local")).not.toContain("tiny.iso");
});

it("has a file for what the cluster makes, and none for what it removes", async () => {
  const file = "debian-13-standard_13.1-2_amd64.tar.zst";
  await on(`pveam download local ${file}`);
  const path = (await on(`pvesm path local:vztmpl/${file}`)).trim();
  const size = (await on(`pvesh get /nodes/pve1/storage/local/content --output-format json`)).match(
    /"size":(\d+)/,
  )?.[1];
  expect(await on(`stat -c '%s %U' ${path}`)).toBe(`${size} root\n`);
  await on(`pveam remove local:vztmpl/${file}`);
  expect(await on(`ls ${path}`)).toMatch(/No such file/);
});

it("keeps a backup as archive and log, and restores from its path or from one outside of storages", async () => {
  await on("qm create 610 --name saved --memory 256 --scsi0 local-lvm:1");
  await on("vzdump 610 --compress zstd");
  const name = "vzdump-qemu-610-[0-9_-]*";
  expect(await on(`ls /var/lib/vz/dump/${name}`)).toMatch(/-610-\S+\.log\n\S+\.vma\.zst\n$/);
  expect(await on("cat /var/lib/vz/dump/*.log")).toContain(
    "INFO: creating vzdump archive '/var/lib/vz/dump/",
  );
  await on(`qmrestore /var/lib/vz/dump/${name}.vma.zst 611`);
  await on(`vzdump 610 --dumpdir /tmp --compress gzip && qmrestore /tmp/${name}.vma.gz 612`);
  expect(await on("qm config 611 | grep memory; qm config 612 | grep memory")).toBe(
    "memory: 256\nmemory: 256\n",
  );
  await on(`pvesm free $(pvesm list local --content backup | awk 'NR == 2 { print $1 }')`);
  expect(await on("ls /var/lib/vz/dump")).toBe("");
});

it("makes the folders and images of a directory storage, and leaves its files when it is removed", async () => {
  await on("pvesm add dir extra --path /srv/extra --content images,iso");
  await on("qm create 620 --scsi0 extra:1,format=qcow2; touch /srv/extra/template/iso/kept.iso");
  expect(await on("pvesm list extra")).toContain("extra:iso/kept.iso");
  expect(await on("ls /srv/extra/images/620")).toBe("vm-620-disk-0.qcow2\n");
  await on("qm destroy 620");
  expect(await on("ls /srv/extra/images/620")).toBe("");
  await on("pvesm remove extra; pvesm status");
  expect(await on("ls /srv/extra/template/iso")).toBe("kept.iso\n");
});

it("imports a disk from a file of a storage, by its path", async () => {
  await on("truncate -s 64M /var/lib/vz/template/iso/cloud.img; qm create 630");
  const said = await on("qm set 630 --scsi0 local-lvm:0,import-from=/var/lib/vz/template/iso/cloud.img");
  expect(said).toContain("scsi0: successfully created disk 'local-lvm:vm-630-disk-0,size=64M'");
});

it("has an interface that the API makes in interfaces.new, until it is reloaded", async () => {
  await on("pvesh create /nodes/pve1/network --iface vmbr7 --type bridge --autostart 1 --cidr 10.7.0.1/24");
  expect(await on("grep -A2 '^iface vmbr7' /etc/network/interfaces.new")).toBe(
    "iface vmbr7 inet static\n\taddress 10.7.0.1/24\n\tbridge-ports none\n",
  );
  expect(await on("grep vmbr7 /etc/network/interfaces")).toBe("");
  await on("pvesh set /nodes/pve1/network");
  expect(await on("grep -c vmbr7 /etc/network/interfaces; ls /etc/network")).toBe(
    "2\ninterfaces\ninterfaces.d\n",
  );
});

it("has the cluster's corosync.conf beside that of /etc/pve", async () => {
  expect(
    await on("cmp /etc/pve/corosync.conf /etc/corosync/corosync.conf && stat -c %a /etc/corosync/authkey"),
  ).toBe("400\n");
});

it("reads nothing through a link that leads out of the machine", async () => {
  const outside = join(directory, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "secret.qcow2"), "");
  await on(`rmdir /var/lib/vz/import && ln -s ${outside} /var/lib/vz/import`);
  expect(await on("pvesm list local; pvesm list local")).not.toContain("secret");
});

it("looks at no folder of this machine, whatever path a storage has", async () => {
  mkdirSync(join(directory, "outside/snippets"), { recursive: true });
  writeFileSync(join(directory, "outside/snippets/secret.yaml"), "x");
  await on("pvesm add dir out --path /../../../outside --content snippets");
  expect(await on("pvesm list out")).not.toContain("secret.yaml");
  await on("pvesm remove out");
});

it("hears of files from the machine alone: a user of a node cannot tell it of one, or of its end", async () => {
  await on(
    "pvesm set local --content iso,vztmpl,backup,import,snippets; touch /var/lib/vz/snippets/kept.yaml",
  );
  await on("pvesm list local; cp /opt/lab/bin/lab-program /tmp/lab-files");
  const changes = JSON.stringify({ removed: ["/var/lib/vz/snippets/kept.yaml"] });
  expect(await on(`su nobody -s /bin/sh -c '/tmp/lab-files "$1"' -- sh '${changes}'`)).toContain(
    "not simulated",
  );
  expect(await on("pvesm list local; ls /var/lib/vz/snippets")).toMatch(/kept\.yaml[\s\S]*\nkept\.yaml\n$/);
});
