/** A play with the modules that public hardening roles use, and what it leaves on the nodes. */
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { prepareAnsible, requirePrograms, run, ssh } from "./testing/clients.ts";
import { labOfFile } from "./testing/lab-folder.ts";

const PLAYBOOK = fileURLToPath(new URL("./hardening-play.long.test.yml", import.meta.url));
const { directory, lab } = labOfFile("lab-hardening-");

const on = (command: string) => ssh(lab(), "pve1", command);

it("is hardened by a play that finds nothing to do the second time", async () => {
  requirePrograms({ "ansible-playbook": "ansible-core" });
  const ansible = prepareAnsible(lab(), directory);
  const play = () =>
    run(["ansible-playbook", "-i", ansible.inventory, PLAYBOOK], {
      ...ansible.env,
      ANSIBLE_PIPELINING: "True",
    });
  const first = await play();
  expect(first.stdout.match(/unreachable=0 +failed=0/g), first.stdout + first.stderr).toHaveLength(2);
  const again = await play();
  expect(again.stdout.match(/changed=0 +unreachable=0 +failed=0/g), again.stdout).toHaveLength(2);
  const { stdout } = await on(
    "grep -c 'ro audit=1' /boot/grub/grub.cfg; grep -c pam_faillock /etc/pam.d/common-auth; modprobe cramfs; echo $?; modprobe udf 2>/dev/null; echo $?; grep -c hidepid /proc/mounts; cat /proc/sys/kernel/kptr_restrict",
  );
  expect(stdout).toBe("1\n1\n0\n1\n1\n2\n");
}, 600_000);
