/** /etc/pve and the Proxmox firewall of the nodes: what is written there is one for all, and holds. */
import type { Check } from "./world.ts";

const said = async (ended: Promise<{ stdout: string; stderr: string }>) => {
  const { stdout, stderr } = await ended;
  return stdout + stderr;
};

const FIREWALL = "/etc/pve/firewall/cluster.fw";

export const PVE_CHECKS: readonly Check[] = [
  {
    name: "what one node writes into storage.cfg the other one's pvesm knows",
    holds: async ({ root }) => {
      await root(
        "pve1",
        "printf '\\ndir: shared\\n\\tpath /srv/shared\\n\\tcontent iso\\n' >> /etc/pve/storage.cfg",
      );
      return /^shared +dir/m.test(await said(root("pve2", "pvesm status")));
    },
  },
  {
    name: "/etc/pve takes no rights but its own",
    holds: async ({ root }) =>
      /not permitted/.test(await said(root("pve1", "chmod 644 /etc/pve/storage.cfg"))),
  },
  {
    name: "cluster.fw closes a port, and leaves the cluster's own network in",
    holds: async (world) => {
      await world.root(
        "pve1",
        `setsid python3 -m http.server 7778 >/dev/null 2>&1 & for i in $(seq 100); do ss -tln | grep -q :7778 && break; sleep 0.05; done;
        printf '[OPTIONS]\\nenable: 1\\n' > ${FIREWALL}; pve-firewall status`,
      );
      const isClosed = !(await world.connects("pve2", "pve1", 7778));
      return isClosed && (await world.connects("pve2", "pve1", 22));
    },
  },
  {
    name: "the port is open again once a rule in cluster.fw allows it",
    holds: async (world) => {
      await world.root(
        "pve1",
        `printf '\\n[RULES]\\nIN ACCEPT -p tcp -dport 7778\\n' >> ${FIREWALL}; pve-firewall status`,
      );
      const isOpen = await world.connects("pve2", "pve1", 7778);
      await world.root("pve1", `rm ${FIREWALL}; pve-firewall status`);
      return isOpen;
    },
  },
  {
    name: "nothing can be written into /etc/pve without quorum, and again with it",
    holds: async ({ root, lab }) => {
      await lab.computer("pve2").shutdown();
      const refused = /Permission denied/.test(await said(root("pve1", "echo x > /etc/pve/alone")));
      await lab.computer("pve2").boot();
      return refused && (await root("pve1", "echo x > /etc/pve/together")).exitCode === 0;
    },
  },
];
