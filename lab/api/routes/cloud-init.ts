/** The cloud-init drive of a virtual machine: made anew, and what is on it. */
import { AppError } from "../../../agents/base/errors.ts";
import { addressOf } from "../../cluster/guest-addresses.ts";
import type { Guest } from "../../cluster/state.ts";
import { type Call, type Handlers, read, text, write } from "../call.ts";
import { guestName } from "../guest-rows.ts";
import { guestAt } from "./guest-power.ts";

const KEYS = /^(?:ci\w+|ipconfig\d+|nameserver|searchdomain|sshkeys|name)$/;

export const cloudInitRoutes: Handlers = {
  "GET /nodes/{node}/qemu/{vmid}/cloudinit": read((call) =>
    Object.entries(guestAt(call, "qemu").config)
      .filter(([key]) => KEYS.test(key))
      .map(([key, value]) => ({ key, value: key === "cipassword" ? "**********" : value })),
  ),
  "PUT /nodes/{node}/qemu/{vmid}/cloudinit": write((call) => {
    requireDrive(guestAt(call, "qemu"));
    return null;
  }),
  "GET /nodes/{node}/qemu/{vmid}/cloudinit/dump": read((call) => dump(call, guestAt(call, "qemu"))),
};

function requireDrive(guest: Guest): void {
  if (!Object.values(guest.config).some((value) => /cloudinit/.test(value)))
    throw new AppError("conflict", `no cloud-init drive found`);
}

function dump(call: Call, guest: Guest): string {
  const user = guest.config["ciuser"] ?? "root";
  const keys = decodeURIComponent(guest.config["sshkeys"] ?? "")
    .split("\n")
    .filter(Boolean);
  if (text(call, "type") === "network") {
    const { "ip-address": ip, prefix } = addressOf(call.state, guest, 0);
    return `version: 1\nconfig:\n    - type: physical\n      name: eth0\n      subnets:\n      - type: static\n        address: '${ip}/${prefix}'\n`;
  }
  if (text(call, "type") === "meta") return `instance-id: ${guest.vmid}\n`;
  const list = keys.length > 0 ? `ssh_authorized_keys:\n${keys.map((key) => `  - ${key}\n`).join("")}` : "";
  return `#cloud-config\nhostname: ${guestName(guest)}\nmanage_etc_hosts: true\nuser: ${user}\n${list}chpasswd:\n  expire: False\nusers:\n  - default\npackage_upgrade: true\n`;
}
