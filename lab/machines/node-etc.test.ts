/** Files by which a fresh node is known, where the cluster's tools and its guides look for them. */
import { expect, it } from "vitest";
import { ssh } from "./testing/clients.ts";
import { labOfFile } from "./testing/lab-folder.ts";

const { lab } = labOfFile("lab-node-etc-");

const on = async (command: string) => {
  const { stdout, stderr } = await ssh(lab(), "pve1", command);
  return stdout + stderr;
};

it.each([
  ["ls /root/.ssh", /^authorized_keys\nconfig\nid_rsa\nid_rsa\.pub\nknown_hosts\n$/],
  ["ssh -o BatchMode=yes pve2 hostname", /^pve2\n$/],
  ["cat /etc/pve/.members", /^\{\n"nodename": "pve1",\n"version": 2,\n"cluster": \{ "name": "labcluster", /],
  ['python3 -c \'import json; print(json.load(open("/etc/pve/.vmlist"))["ids"])\'', /^\{\}\n$/],
  ["cat /etc/pve/.version", /^\{\n"starttime": \d+,\n/],
  ["curl -s https://pve1:8006/; echo $?", /^60\n$/],
  ["curl -sk https://pve2:8006/", /<title>pve2 - Proxmox Virtual Environment<\/title>/],
  ["pvenode cert info", /pve-root-ca\.pem[\s\S]+(?:[0-9A-F]{2}:){31}[\s\S]+pve-ssl\.pem/],
  [
    "pveum realm add corp --type ldap --base_dn dc=x --server1 s --user_attr uid; cat /etc/pve/domains.cfg",
    /^ldap: corp\n\tbase_dn dc=x\n/m,
  ],
])("%s answers as on a node", async (command, expected) => {
  expect(await on(command)).toMatch(expected);
});

it("refuses a processor that there is not, and a script that is not there", async () => {
  await on("qm create 640");
  expect(await on("qm set 640 --cpu bogus")).toContain("cpu: Built-in cputype 'bogus' is not defined");
  const set = "qm set 640 --hookscript local:snippets/hook.pl";
  expect(await on(set)).toContain("hookscript: script 'local:snippets/hook.pl' does not exist");
  expect(await on(`touch /var/lib/vz/snippets/hook.pl; ${set}`)).toContain("update VM 640");
});
