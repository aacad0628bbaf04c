/** What is plugged into a node, a small office computer: on PCI, on USB, and how its disk is. */
import { KERNEL } from "../cluster/commands/pveversion.ts";
import { type CommandOutcome, failed, NOT_SIMULATED, notSimulated, succeeded } from "../cluster/outcome.ts";
import type { Asked } from "./stand-in.ts";

const PCI = `00:00.0 Host bridge: Intel Corporation 4th Gen Core Processor DRAM Controller (rev 06)
00:02.0 VGA compatible controller: Intel Corporation Xeon E3-1200 v3/4th Gen Core Processor Integrated Graphics Controller (rev 06)
00:14.0 USB controller: Intel Corporation 8 Series/C220 Series Chipset Family USB xHCI (rev 04)
00:19.0 Ethernet controller: Intel Corporation Ethernet Connection I217-LM (rev 04)
00:1f.0 ISA bridge: Intel Corporation Q87 Express LPC Controller (rev 04)
00:1f.2 SATA controller: Intel Corporation 8 Series/C220 Series Chipset Family 6-port SATA Controller 1 [AHCI mode] (rev 04)
00:1f.3 SMBus: Intel Corporation 8 Series/C220 Series Chipset Family SMBus Controller (rev 04)
`;
const USB = `Bus 001 Device 001: ID 1d6b:0002 Linux Foundation 2.0 root hub
Bus 002 Device 001: ID 1d6b:0003 Linux Foundation 3.0 root hub
`;
const SMART = `smartctl 7.4 2024-10-15 r5620 [x86_64-linux-${KERNEL}] (local build)\nCopyright (C) 2002-23, Bruce Allen, Christian Franke, www.smartmontools.org\n\n`;
const SMART_ABOUT = `=== START OF INFORMATION SECTION ===
Device Model:     Lab SSD 512GB
Serial Number:    LAB0000001
Firmware Version: 1.0
User Capacity:    512,110,190,592 bytes [512 GB]
Sector Size:      512 bytes logical/physical
Rotation Rate:    Solid State Device
SMART support is: Available - device has SMART capability.
SMART support is: Enabled

`;
const SMART_HEALTH = `=== START OF READ SMART DATA SECTION ===
SMART overall-health self-assessment test result: PASSED

`;

export function lspci(asked: Asked): CommandOutcome {
  return plain(asked, PCI);
}

export function lsusb(asked: Asked): CommandOutcome {
  return plain(asked, USB);
}

function plain({ program, words }: Asked, list: string): CommandOutcome {
  return words.length === 0 ? succeeded(list) : notSimulated([program, ...words].join(" "), NOT_SIMULATED);
}

export function smartctl({ program, words }: Asked): CommandOutcome {
  const [option, path = "", ...more] = words;
  const told = { "-i": SMART_ABOUT, "--info": SMART_ABOUT, "-H": SMART_HEALTH, "--health": SMART_HEALTH };
  const shown = Object.entries(told).find(([name]) => name === option)?.[1];
  if (!shown || more.length > 0) return notSimulated([program, ...words].join(" "), NOT_SIMULATED);
  if (path === "/dev/sda") return succeeded(SMART + shown);
  const problem = `Smartctl open device: ${path} failed: No such device\n`;
  return { ...failed(2, ""), stdout: SMART + problem, stderr: "" };
}
