/** What a node is made of: disks, devices, what its QEMU can. */
import { type Handlers, read, text } from "../call.ts";

export const hardwareRoutes: Handlers = {
  "GET /nodes/{node}/disks/list": read(() => [
    {
      devpath: "/dev/sda",
      gpt: 1,
      health: "PASSED",
      model: "lab disk",
      rpm: 0,
      serial: "LAB0001",
      size: 256_060_514_304,
      type: "ssd",
      used: "LVM",
      vendor: "ATA",
      wearout: 98,
      wwn: "0x5000000000000001",
    },
  ]),
  "GET /nodes/{node}/disks/zfs": read(() => []),
  "GET /nodes/{node}/disks/directory": read(() => []),
  "GET /nodes/{node}/disks/lvmthin": read((call) => {
    const pool = call.state.nodes
      .find(({ name }) => name === text(call, "node"))
      ?.storages.find(({ type }) => type === "lvmthin");
    return pool
      ? [
          {
            lv: "data",
            vg: "pve",
            lv_size: pool.totalBytes,
            used: pool.baseUsedBytes,
            metadata_size: 1_073_741_824,
            metadata_used: 16_777_216,
          },
        ]
      : [];
  }),
  "GET /nodes/{node}/hardware/pci": read(() => [
    {
      id: "0000:00:02.0",
      class: "0x030000",
      device: "0x0412",
      vendor: "0x8086",
      device_name: "Xeon E3-1200 v3/4th Gen Core Processor Integrated Graphics Controller",
      vendor_name: "Intel Corporation",
      iommugroup: 0,
    },
  ]),
  "GET /nodes/{node}/hardware/usb": read(() => []),
  "GET /nodes/{node}/capabilities/qemu/cpu": read(() =>
    ["host", "kvm64", "qemu64", "x86-64-v2", "x86-64-v2-AES", "x86-64-v3", "x86-64-v4"].map((name) => ({
      name,
      custom: 0,
      vendor: "default",
    })),
  ),
  "GET /nodes/{node}/capabilities/qemu/machines": read(() =>
    ["pc-i440fx-10.1", "pc-q35-10.1"].map((id) => ({
      id,
      type: id.includes("q35") ? "q35" : "i440fx",
      version: "10.1",
    })),
  ),
};
