/** Guests are machines as well: made by the tools of pve1, reached over the network from the nodes. */
import type { Check, Ended, World } from "./world.ts";

const IMAGE = "debian-13-genericcloud-amd64.qcow2";
const ADDRESS = "192.168.10.61";
const SSH = `ssh -n -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=3`;

const MADE = `pvesh create /nodes/pve1/storage/local/download-url --content import --filename ${IMAGE} --url https://cloud.debian.org/images/cloud/trixie/latest/${IMAGE}
qm create 501 --name real --memory 256 --agent 1 --net0 virtio,bridge=vmbr0 --scsi0 local-lvm:0,import-from=local:import/${IMAGE} \
  --boot order=scsi0 --ide2 local-lvm:cloudinit --ipconfig0 ip=${ADDRESS}/24,gw=192.168.10.1 --ciuser ops --cipassword Word-of-ops \
  --sshkeys /root/.ssh/id_rsa.pub && qm start 501`;

/** As its user, who may do all, from pve1. */
async function inside({ root, lab }: World, script: string): Promise<Ended> {
  await lab.guests.settled();
  return root("pve1", `${SSH} ops@${ADDRESS} '${script}'`);
}

/** A page of it, as pve2 gets it at the first of so many tries, a second apart; empty for none. */
async function page({ root }: World, tries = 1): Promise<string> {
  const again = `--retry ${tries - 1} --retry-delay 1 --retry-all-errors`;
  return (await root("pve2", `curl -s ${again} --max-time 3 http://${ADDRESS}/`)).stdout;
}

export const GUEST_CHECKS: readonly Check[] = [
  {
    name: "a virtual machine boots by cloud-init: its user is in by key, with its own name and address",
    holds: async (world) => {
      await world.root("pve1", MADE);
      const { stdout } = await inside(world, "id -un; hostname; ip -4 -br address show eth0");
      return stdout.startsWith("ops\nreal\n") && stdout.includes(`${ADDRESS}/24`);
    },
  },
  {
    name: "nobody is let in there by a password",
    holds: async (world) => {
      const tried = `${SSH.replace("BatchMode=yes", "PubkeyAuthentication=no")} ops@${ADDRESS} true`;
      const { exitCode, stderr } = await world.root("pve1", tried);
      return exitCode === 255 && stderr.includes("Permission denied (publickey)");
    },
  },
  {
    name: "its root mounts nothing, has no /etc/pve and does not reach the loopback of the lab's computer",
    holds: async (world) => {
      const { port } = new URL(world.lab.proxyUrl);
      const script = `sudo mount -t tmpfs none /mnt && echo mounted; ls -d /etc/pve; timeout 2 bash -c "exec 3<>/dev/tcp/127.0.0.1/${port}" && echo reached; sudo id -u`;
      return (await inside(world, script)).stdout === "0\n";
    },
  },
  {
    name: "its agent is silent until it is installed, and tells the address then",
    holds: async (world) => {
      const ask = () => world.root("pve1", "qm agent 501 network-get-interfaces");
      const before = await ask();
      await inside(world, "sudo apt-get update -q; sudo apt-get install -qy qemu-guest-agent nginx");
      const after = await ask();
      return before.stderr.includes("QEMU guest agent is not running") && after.stdout.includes(ADDRESS);
    },
  },
  {
    name: "nginx serves its page to another node, until its own nftables close the port",
    holds: async (world) => {
      await inside(world, "echo from the guest | sudo tee /var/www/html/index.html");
      const open = await page(world);
      await inside(
        world,
        'sudo nft add table inet own; sudo nft "add chain inet own in { type filter hook input priority 0; }"; sudo nft add rule inet own in tcp dport 80 drop',
      );
      return open === "from the guest\n" && (await page(world)) === "";
    },
  },
  {
    name: "a reboot empties its ruleset and keeps its files and services",
    holds: async (world) => {
      await world.lab.exec("pve1", ["qm", "reboot", "501"]);
      await world.lab.guests.settled();
      return (await page(world, 20)) === "from the guest\n"; // it has booted; its services come after
    },
  },
  {
    name: "without an image nothing boots",
    holds: async ({ root, lab }) => {
      await root(
        "pve1",
        "qm create 502 --memory 64 --scsi0 local-lvm:1 --net0 virtio,bridge=vmbr0 --serial0 socket && qm start 502",
      );
      await lab.guests.settled();
      return (await root("pve1", "qm terminal 502")).stdout.includes("No bootable device.");
    },
  },
  {
    name: "a destroyed one is gone from the network",
    holds: async ({ root, lab }) => {
      await root("pve1", "qm stop 501; qm destroy 501; qm stop 502; qm destroy 502");
      await lab.guests.settled();
      return (await root("pve2", `ping -c1 -W2 ${ADDRESS}`)).exitCode !== 0;
    },
  },
];
