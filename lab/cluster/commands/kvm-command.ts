/** `qm showcmd`: the command line with which a node would start a virtual machine (PVE/QemuServer.pm, config_to_command). */
import { isDrive, parseDrive, volumeAt } from "../drives.ts";
import { guestOf } from "../guests.ts";
import { succeeded } from "../outcome.ts";
import type { ClusterState, Guest } from "../state.ts";
import { pathOf, storageOf } from "../storage.ts";
import type { OwnCommand } from "./command.ts";
import { VMID } from "./guest-commands.ts";

export const showCommand: OwnCommand = {
  positional: ["vmid"],
  parameters: `${VMID} pretty?:bool snapshot?`,
  run: ({ api, node }, { vmid = "", pretty }) => {
    const guest = guestOf(api.store.state(), { node, vmid: Number(vmid) });
    const line = words(api.store.state(), guest).map(quoted).join(" ");
    return succeeded(`${pretty === "1" ? line.replaceAll(" -", " \\\n  -") : line}\n`);
  },
};

function words(state: ClusterState, guest: Guest): string[] {
  const { vmid, config } = guest;
  const cores = Number(config["cores"] ?? 1);
  const sockets = Number(config["sockets"] ?? 1);
  const socket = (name: string) => `/var/run/qemu-server/${vmid}.${name}`;
  const name = config["name"] ?? `VM ${vmid}`;
  return [
    ...["/usr/bin/kvm", "-id", String(vmid), "-name", `${name},debug-threads=on`, "-no-shutdown"],
    ...[
      "-chardev",
      `socket,id=qmp,path=${socket("qmp")},server=on,wait=off`,
      "-mon",
      "chardev=qmp,mode=control",
    ],
    ...["-chardev", `socket,id=qmp-event,path=/var/run/qmeventd.sock,reconnect-ms=5000`],
    ...["-mon", "chardev=qmp-event,mode=control", "-pidfile", socket("pid"), "-daemonize"],
    ...(config["smbios1"] ? ["-smbios", `type=1,${config["smbios1"]}`] : []),
    ...[
      "-smp",
      `${cores * sockets},sockets=${sockets},cores=${cores},maxcpus=${cores * sockets}`,
      "-nodefaults",
    ],
    ...["-boot", "menu=on,strict=on,reboot-timeout=1000,splash=/usr/share/qemu-server/bootsplash.jpg"],
    ...[
      "-vnc",
      `unix:${socket("vnc")},password=on`,
      "-cpu",
      `${cpuOf(config["cpu"])},enforce,+kvm_pv_eoi,+kvm_pv_unhalt`,
    ],
    ...["-m", config["memory"] ?? "512"],
    ...drives(state, guest),
    ...Object.keys(config)
      .filter((key) => /^net\d+$/.test(key))
      .flatMap((key) => network(guest, key)),
    ...["-machine", `type=${config["machine"] ?? "pc"}+pve0`],
  ];
}

function cpuOf(setting = "kvm64"): string {
  return setting.replace(/^cputype=/, "").split(",")[0] ?? "kvm64";
}

function drives(state: ClusterState, guest: Guest): string[] {
  return Object.keys(guest.config)
    .filter(isDrive)
    .sort()
    .flatMap((key) => {
      const volume = volumeAt(state, guest, key);
      if (!volume) return [];
      const path = pathOf(storageOf(state, guest.node, volume.storage), volume);
      const isCd = parseDrive(guest.config[key] ?? "").settings.get("media") === "cdrom";
      const kind = path.startsWith("/dev/") ? "host_device" : "file";
      const blockdev = {
        driver: "throttle",
        file: { driver: volume.format, file: { driver: kind, filename: path } },
        "node-name": `drive-${key}`,
      };
      const bus = /^[a-z]+/.exec(key)?.[0] ?? "";
      const device = isCd ? `${bus}-cd` : bus === "scsi" ? "scsi-hd" : `${bus}-hd`;
      return ["-blockdev", JSON.stringify(blockdev), "-device", `${device},drive=drive-${key},id=${key}`];
    });
}

function network({ vmid, config }: Guest, key: string): string[] {
  const [, model = "virtio", mac = ""] = /^(\w+)=([0-9A-F:]{17})/i.exec(config[key] ?? "") ?? [];
  const device = model === "virtio" ? "virtio-net-pci" : model;
  const tap = `tap${vmid}i${key.slice(3)}`;
  return [
    ...[
      "-netdev",
      `type=tap,id=${key},ifname=${tap},script=/usr/libexec/qemu-server/pve-bridge,downscript=/usr/libexec/qemu-server/pve-bridgedown`,
    ],
    ...["-device", `${device},mac=${mac},netdev=${key},id=${key}`],
  ];
}

/** As Perl's String::ShellQuote. */
function quoted(word: string): string {
  return /^[\w!%+,\-./:@^]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
