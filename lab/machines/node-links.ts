/** The network card of a node, as its kernel has it at boot. */

/** Its one card, and the bridge over it that has its address. A card that stays the same is found by its neighbours. */
export function nodeLinks(address: string): string[] {
  const tail = address
    .split(".")
    .slice(1)
    .map((part) => Number(part).toString(16).padStart(2, "0"));
  return [
    "link set lo up",
    `link set nic0 address bc:24:11:${tail.join(":")}`,
    "link add vmbr0 type bridge",
    "link set nic0 master vmbr0",
    "link set nic0 up",
    `address add ${address}/24 dev vmbr0`,
    "link set vmbr0 up",
    "route add default via 192.168.10.1 dev vmbr0",
  ];
}
