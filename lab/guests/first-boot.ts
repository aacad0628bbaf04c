/** How a guest becomes somebody's at its first boot: a virtual machine by cloud-init, a container by what `pct create` was given. */
import { createHash } from "node:crypto";
import type { Machine } from "../machines/machine.ts";
import { runIn } from "../machines/run-in.ts";
import { SERVICE_PATH } from "../machines/services.ts";
import { authorize, type CloudImage, earlyScript, finalScript, quoted } from "./cloud-init.ts";
import type { Console } from "./console.ts";
import type { GuestOs } from "./guest-os.ts";
import type { GuestPlan } from "./guest-plan.ts";
import type { UserData } from "./user-data.ts";

export type FirstBoot = {
  /** Before anything of it runs. */
  early(machine: Machine): Promise<undefined>;
  /** When all of it runs; goes on meanwhile, until it has ended or the machine has. */
  final(machine: Machine): Promise<undefined>;
};

type Options = { plan: GuestPlan; os: GuestOs; userData: UserData | undefined; console: Console };

export function createFirstBoot(options: Options): FirstBoot {
  const { plan, os, userData, console } = options;
  const image: CloudImage = { defaultUser: os.defaultUser, prettyName: os.prettyName };
  const script = async (machine: Machine, text: string) => {
    const { stdout, stderr } = await runIn(machine, ["/bin/sh"], { env: ENVIRONMENT, input: text });
    console.say(`${stdout}${stderr}`);
  };
  return {
    early: async (machine) => {
      console.say(`[    0.000000] Linux version ${plan.kind === "qemu" ? os.kernel : "of the node"}`);
      for (const problem of userData?.problems ?? []) console.say(`cloud-init: ${problem}`);
      const identity = userData
        ? earlyScript(userData.config, image, instanceId(userData, plan))
        : containerScript(plan);
      await script(machine, `${identityScript(plan)}\n${identity}\n`);
      return undefined;
    },
    final: async (machine) => {
      const greeting = `\n${os.prettyName} ${plan.name} ${plan.kind === "qemu" ? "ttyS0" : "console"}\n\n${plan.name} login:`;
      if (userData) void script(machine, finalScript(userData.config)).then(() => console.say(greeting));
      else console.say(greeting);
      return undefined;
    },
  };
}

const ENVIRONMENT = { PATH: SERVICE_PATH, HOME: "/root", LANG: "C.UTF-8" };

/** As Proxmox VE makes it: another one when what cloud-init is told is another. */
function instanceId({ config }: UserData, { vmid, card }: GuestPlan): string {
  return createHash("sha1")
    .update(JSON.stringify([vmid, config, card]))
    .digest("hex");
}

/** At each boot: a copy of it has another name and another place. */
function identityScript({ name, card, nameserver }: GuestPlan): string {
  const { address, gateway } = card ?? {};
  const route = gateway ? `      routes:\n        - to: default\n          via: ${gateway}\n` : "";
  const network =
    card === undefined || address === undefined
      ? ""
      : `network:\n  version: 2\n  ethernets:\n    ${card.name}:\n      match:\n        macaddress: ${card.mac}\n` +
        `      addresses: [${address.ip}/${address.prefix}]\n${route}      set-name: ${card.name}\n`;
  return [
    "umask 022",
    `echo ${quoted(name)} >/etc/hostname`,
    `printf '127.0.0.1 localhost\\n127.0.1.1 %s\\n' ${quoted(name)} >/etc/hosts`,
    `echo ${quoted(`nameserver ${nameserver}`)} >/etc/resolv.conf`,
    `mkdir -p /etc/netplan; printf %s ${quoted(network)} >/etc/netplan/50-cloud-init.yaml; chmod 600 /etc/netplan/50-cloud-init.yaml`,
    "[ -s /etc/machine-id ] || tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id",
  ].join("\n");
}

/** Its root logs in by a password where it was given one, and by keys. */
function containerScript({ login, vmid }: GuestPlan): string {
  const { password, keys = "" } = login;
  const isHash = password !== undefined && /^\$(?:[1256y]|2[aby])\$/.test(password);
  return [
    `[ "$(cat /var/lib/cloud/container 2>/dev/null)" = ${vmid} ] && exit 0`,
    "rm -f /etc/ssh/ssh_host_*; mkdir -p /etc/ssh/sshd_config.d /var/lib/cloud",
    ...["ed25519", "ecdsa"].map((kind) => `ssh-keygen -q -t ${kind} -N '' -f /etc/ssh/ssh_host_${kind}_key`),
    "echo PasswordAuthentication yes >/etc/ssh/sshd_config.d/10-template.conf",
    ...(password === undefined
      ? []
      : [`printf %s ${quoted(`root:${password}`)} | chpasswd ${isHash ? "-e" : ""}`]),
    ...authorize("root", keys.split("\n")),
    `echo ${vmid} >/var/lib/cloud/container`,
  ].join("\n");
}
