/** The processors of a node: /proc/cpuinfo and /proc/stat, nproc, lscpu. */
import type { NodeHardware } from "../cluster/node-facts.ts";
import { type CommandOutcome, failed, NOT_SIMULATED, notSimulated, succeeded } from "../cluster/outcome.ts";
import type { Asked } from "./stand-in.ts";

const FLAGS =
  "fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush dts acpi mmx fxsr sse sse2 ss ht tm pbe " +
  "syscall nx pdpe1gb rdtscp lm constant_tsc arch_perfmon pebs bts rep_good nopl xtopology nonstop_tsc cpuid aperfmperf pni " +
  "pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 sdbg fma cx16 xtpr pdcm pcid sse4_1 sse4_2 x2apic movbe popcnt " +
  "tsc_deadline_timer aes xsave avx f16c rdrand lahf_lm abm cpuid_fault epb pti ssbd ibrs ibpb stibp tpr_shadow flexpriority " +
  "ept vpid ept_ad fsgsbase tsc_adjust bmi1 avx2 smep bmi2 erms invpcid xsaveopt dtherm ida arat pln pts md_clear flush_l1d";

export function cpuinfo({ cpus, cpuModel }: NodeHardware): string {
  const mhz = megahertz(cpuModel);
  const rows = (processor: number) => [
    ["processor", processor],
    ["vendor_id", "GenuineIntel"],
    ["cpu family", 6],
    ["model", 60],
    ["model name", cpuModel],
    ["stepping", 3],
    ["microcode", "0x28"],
    ["cpu MHz", mhz],
    ["cache size", "6144 KB"],
    ["physical id", 0],
    ["siblings", cpus],
    ["core id", processor],
    ["cpu cores", cpus],
    ["apicid", processor * 2],
    ["fpu", "yes"],
    ["cpuid level", 13],
    ["wp", "yes"],
    ["flags", FLAGS],
    ["bogomips", bogomips({ cpuModel }).toFixed(2)],
    ["address sizes", "39 bits physical, 48 bits virtual"],
    ["power management", ""],
  ];
  const line = ([key = "", value = ""]: (string | number)[]) =>
    `${key}${String(key).length < 8 ? "\t\t" : "\t"}: ${value}\n`.replace(/: \n$/, ":\n");
  return Array.from({ length: cpus }, (_, at) => `${rows(at).map(line).join("")}\n`).join("");
}

/** Of one core. */
export function bogomips({ cpuModel }: Pick<NodeHardware, "cpuModel">): number {
  return Number(megahertz(cpuModel)) * 2;
}

/** `bootedAt` in milliseconds since 1970. */
export function procStat({ cpus }: NodeHardware, bootedAt: number): string {
  const line = (name: string, factor: number) =>
    `${name} ${[412, 3, 266, 90_210, 71].map((n) => n * factor).join(" ")} 0 9 0 0 0\n`;
  const each = Array.from({ length: cpus }, (_, at) => line(`cpu${at}`, 1)).join("");
  const rest = `intr 182311 0\nctxt 422190\nbtime ${Math.floor(bootedAt / 1000)}\nprocesses 2911\nprocs_running 1\nprocs_blocked 0\n`;
  return line("cpu ", cpus) + each + rest;
}

export function nproc({ words, hardware }: Asked): CommandOutcome {
  let ignored = 0;
  for (const word of words) {
    if (word.startsWith("--ignore=")) ignored = Number(word.slice(9));
    else if (word !== "--all") return failed(1, `nproc: unrecognized option '${word}'`);
  }
  return succeeded(`${Math.max(hardware.cpus - ignored, 1)}\n`);
}

export function lscpu({ words, hardware }: Asked): CommandOutcome {
  const { cpus, cpuModel } = hardware;
  const fields: [string, string][] = [
    ["Architecture:", "x86_64"],
    ["CPU op-mode(s):", "32-bit, 64-bit"],
    ["Address sizes:", "39 bits physical, 48 bits virtual"],
    ["Byte Order:", "Little Endian"],
    ["CPU(s):", String(cpus)],
    ["On-line CPU(s) list:", `0-${cpus - 1}`],
    ["Vendor ID:", "GenuineIntel"],
    ["Model name:", cpuModel],
    ["CPU family:", "6"],
    ["Model:", "60"],
    ["Thread(s) per core:", "1"],
    ["Core(s) per socket:", String(cpus)],
    ["Socket(s):", "1"],
    ["Stepping:", "3"],
    ["BogoMIPS:", (Number(megahertz(cpuModel)) * 2).toFixed(2)],
    ["Flags:", FLAGS],
    ["Virtualization:", "VT-x"],
    ["L3 cache:", "6 MiB (1 instance)"],
    ["NUMA node(s):", "1"],
    ["NUMA node0 CPU(s):", `0-${cpus - 1}`],
  ];
  if (words.length === 0)
    return succeeded(fields.map(([key, value]) => `${key.padEnd(24)}${value}\n`).join(""));
  if (words.length === 1 && (words[0] === "-J" || words[0] === "--json"))
    return succeeded(
      `${JSON.stringify({ lscpu: fields.map(([field, data]) => ({ field, data })) }, null, 3)}\n`,
    );
  return notSimulated(`lscpu ${words.join(" ")}`, NOT_SIMULATED);
}

function megahertz(model: string): string {
  return (Number(/@ ([\d.]+)GHz/.exec(model)?.[1] ?? "2") * 1000).toFixed(3);
}
