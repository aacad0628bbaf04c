/** `dmidecode` of a node: a small desktop machine. */
import { named } from "../cluster/named.ts";
import { type CommandOutcome, failed, succeeded } from "../cluster/outcome.ts";
import type { Asked } from "./stand-in.ts";

type Section = { type: number; title: string; fields: Readonly<Record<string, string>> };

const KEYWORDS: Readonly<Record<string, readonly [number, string]>> = {
  "bios-vendor": [0, "Vendor"],
  "bios-version": [0, "Version"],
  "bios-release-date": [0, "Release Date"],
  "system-manufacturer": [1, "Manufacturer"],
  "system-product-name": [1, "Product Name"],
  "system-version": [1, "Version"],
  "system-serial-number": [1, "Serial Number"],
  "system-uuid": [1, "UUID"],
  "baseboard-manufacturer": [2, "Manufacturer"],
  "baseboard-product-name": [2, "Product Name"],
  "chassis-type": [3, "Type"],
  "processor-version": [4, "Version"],
};

const NAMED: Readonly<Record<string, readonly number[]>> = {
  bios: [0],
  system: [1],
  baseboard: [2],
  chassis: [3],
  processor: [4],
  memory: [16, 17],
};

function sections({ hardware }: Asked): Section[] {
  const { cpus, cpuModel, memoryBytes, machineId } = hardware;
  const uuid = [8, 4, 4, 4, 12].reduce<{ at: number; parts: string[] }>(
    ({ at, parts }, length) => ({ at: at + length, parts: [...parts, machineId.slice(at, at + length)] }),
    { at: 0, parts: [] },
  );
  const serial = machineId.slice(0, 8).toUpperCase();
  return [
    {
      ...{ type: 0, title: "BIOS Information" },
      fields: { Vendor: "LENOVO", Version: "FBKTD8AUS", "Release Date": "08/23/2022" },
    },
    {
      ...{ type: 1, title: "System Information" },
      fields: {
        ...{ Manufacturer: "LENOVO", "Product Name": "10AAS0E700", Version: "ThinkCentre M93p" },
        ...{ "Serial Number": serial, UUID: uuid.parts.join("-"), "Wake-up Type": "Power Switch" },
      },
    },
    {
      ...{ type: 2, title: "Base Board Information" },
      fields: { Manufacturer: "LENOVO", "Product Name": "SHARKBAY" },
    },
    { type: 3, title: "Chassis Information", fields: { Manufacturer: "LENOVO", Type: "Desktop" } },
    {
      ...{ type: 4, title: "Processor Information" },
      fields: { Manufacturer: "Intel(R) Corporation", Version: cpuModel, "Core Count": String(cpus) },
    },
    {
      ...{ type: 16, title: "Physical Memory Array" },
      fields: {
        Location: "System Board Or Motherboard",
        "Maximum Capacity": "16 GB",
        "Number Of Devices": "2",
      },
    },
    {
      ...{ type: 17, title: "Memory Device" },
      fields: { Size: `${Math.ceil(memoryBytes / 1024 ** 3)} GB`, "Form Factor": "SODIMM", Type: "DDR3" },
    },
  ];
}

export function dmidecode(asked: Asked): CommandOutcome {
  const { words } = asked;
  const all = sections(asked);
  const [option = "", value = ""] = words;
  if (option === "-s" || option === "--string") {
    const [type, field] = KEYWORDS[value] ?? [];
    if (type === undefined || field === undefined) return failed(2, `Invalid string keyword: ${value}`);
    return succeeded(`${all.find((section) => section.type === type)?.fields[field] ?? ""}\n`);
  }
  const asText = option === "-t" || option === "--type";
  if (words.length > 0 && !asText && option !== "-q")
    return failed(2, `dmidecode: invalid option -- '${option}'`);
  const types = asText ? value.split(",").flatMap((word) => named(NAMED, word) ?? [Number(word)]) : undefined;
  const shown = all.filter(({ type }) => types === undefined || types.includes(type));
  const head = "# dmidecode 3.6\nGetting SMBIOS data from sysfs.\nSMBIOS 2.7 present.\n\n";
  return succeeded(head + shown.map(render).join("\n"));
}

function render({ type, title, fields }: Section): string {
  const lines = Object.entries(fields).map(([key, value]) => `\t${key}: ${value}\n`);
  return `Handle 0x${type.toString(16).toUpperCase().padStart(4, "0")}, DMI type ${type}, 27 bytes\n${title}\n${lines.join("")}`;
}
