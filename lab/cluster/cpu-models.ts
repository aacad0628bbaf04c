/** The processors that QEMU of Proxmox VE knows by itself: PVE/QemuServer/CPUConfig.pm. */

const BASES = new Set(
  (
    "486 Broadwell Cascadelake-Server ClearwaterForest Conroe Cooperlake EPYC EPYC-Genoa EPYC-Milan EPYC-Rome EPYC-Turin " +
    "GraniteRapids Haswell Icelake-Client Icelake-Server IvyBridge KnightsMill Nehalem Opteron_G1 Opteron_G2 Opteron_G3 " +
    "Opteron_G4 Opteron_G5 Penryn SandyBridge SapphireRapids SierraForest Skylake-Client Skylake-Server Westmere athlon " +
    "core2duo coreduo host kvm32 kvm64 max pentium pentium2 pentium3 phenom qemu32 qemu64 x86-64 x86-64-v2-AES " +
    "cortex-a35 cortex-a53 cortex-a55 cortex-a57 cortex-a710 cortex-a72 cortex-a76 neoverse-n1 neoverse-n2 neoverse-v1"
  ).split(" "),
);

/** With what a microcode or a later version has changed: `Haswell-noTSX-IBRS`. */
export function isBuiltInCpu(name: string): boolean {
  if (BASES.has(name)) return true;
  const parts = name.split("-");
  const at = parts.findIndex(isVariant);
  return at > 0 && BASES.has(parts.slice(0, at).join("-")) && parts.slice(at).every(isVariant);
}

function isVariant(part: string): boolean {
  return /^(?:IBRS|IBPB|noTSX|v\d)$/.test(part);
}
