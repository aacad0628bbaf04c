import { describe, expect, test } from "vitest";
import { loadConfig } from "./config.ts";
import { addressProblem, canonicalAddress, networkAround, parseNetworks } from "./guest-networks.ts";
import { guestText, MAX_GUESTS, nameProblem, parseGuest, parseGuests } from "./guests.ts";

const nodes = [
  { name: "pve1", host: "192.168.10.201" },
  { name: "pve2", host: "192.168.10.202" },
];
const named = (name: string) => ({ name, host: "192.168.10.31", port: 22, user: "root", since: 0 });

describe("a guest as the operator names it", () => {
  test("has a name, an address, and if he says so a user, a port and a node to go through", () => {
    expect(parseGuest("web1=192.168.10.31", 5)).toEqual({ ...named("web1"), since: 5 });
    const whole = { name: "db", host: "fd00::31", port: 2222, user: "debian", via: "pve2", since: 0 };
    expect(parseGuest(" db=debian@[fd00::31]:2222 via pve2 ", 0)).toEqual(whole);
    expect(guestText(whole)).toBe("db=debian@[fd00::31]:2222 via pve2");
  });

  test("is refused in any other form, with what is wrong (R40)", () => {
    const wrong = [
      "web1",
      "web1=",
      "=1.2.3.4",
      "a=b=c",
      "a=1.2.3.4:0",
      "a=1.2.3.4:65536",
      "a=1.2.3.4 by pve1",
    ];
    const worse = ["a=-o@1.2.3.4", "a=x y@1.2.3.4", "a=1.2.3.4 via", "a=Root@1.2.3.4", "a=u@v@1.2.3.4"];
    for (const text of [...wrong, ...worse]) expect(parseGuest(text, 0), text).toBeTypeOf("string");
  });

  test("has a name that neither Ansible, ssh nor a URL reads as more than a name", () => {
    const words = [
      "all",
      "ungrouped",
      "localhost",
      "ip6-localhost",
      "guests",
      "nodes",
      "proxmox",
      "none",
      "omit",
    ];
    const patterns = [
      "*",
      "web*",
      "~web",
      "!web",
      "web,db",
      "web:db",
      "web[1]",
      "-oProxyCommand",
      "a b",
      "a/b",
      "{{a}}",
    ];
    const numbers = ["1", "0x7f000001", "2130706433", "127.0.0.1", "::1", "1e2"];
    const others = ["pve1", "PVE1", "Web", "web_1", "web-", "wéb", "a".repeat(64), ""];
    for (const name of [...words, ...patterns, ...numbers, ...others])
      expect(nameProblem(named(name), { nodes, others: [] }), name).toBeTypeOf("string");
    for (const name of ["web1", "k8s-cp1", "a", "a".repeat(63)])
      expect(nameProblem(named(name), { nodes, others: [] }), name).toBeUndefined();
    expect(nameProblem(named("web1"), { nodes, others: [named("web1")] })).toContain("two guests");
    expect(nameProblem({ ...named("web1"), via: "web2" }, { nodes, others: [] })).toContain("not a node");
  });

  test("is a setting of the team, and a wrong one is told with all others (R40)", () => {
    const settings = {
      PROXMOX_NODES: "pve1=192.168.10.201",
      GUESTS: "web1=192.168.10.31, db=192.168.10.32 via pve1",
    };
    expect(loadConfig(settings).GUESTS.map(({ name, via }) => [name, via])).toEqual([
      ["web1", undefined],
      ["db", "pve1"],
    ]);
    for (const GUESTS of [
      "web1",
      "all=192.168.10.31",
      "a=192.168.10.31,a=192.168.10.32",
      "pve1=192.168.10.9",
    ])
      expect(() => loadConfig({ ...settings, GUESTS }), GUESTS).toThrow(/GUESTS/);
    expect(() => loadConfig({ GUEST_NETWORKS: "10.0.0.0" })).toThrow(/GUEST_NETWORKS/);
    expect(parseGuests("a=1.2.3.4,".repeat(MAX_GUESTS + 1))[1]).toEqual([`more than ${MAX_GUESTS} guests`]);
  });
});

describe("the address of a guest", () => {
  const [networks] = parseNetworks("192.168.10.0/24, fd00::/64");
  const taken = [
    { address: "192.168.10.201", what: "the node pve1" },
    { address: "192.168.10.1", what: "the router" },
  ];
  const problem = (address: string) => addressProblem(address, { networks, taken });

  test("is inside of the networks that the operator named", () => {
    for (const address of ["192.168.10.31", "192.168.10.254", "fd00::31"])
      expect(problem(address)).toBeUndefined();
    for (const address of ["192.168.11.31", "8.8.8.8", "fd01::31", "10.0.0.1"])
      expect(problem(address), address).toContain("outside");
  });

  test("is no node's, no router's and nobody else's, with the reason", () => {
    expect(problem("192.168.10.201")).toBe("192.168.10.201 is refused: it is the node pve1");
    expect(problem("192.168.10.1")).toContain("the router");
    expect(problem("192.168.10.0")).toContain("all of 192.168.10.0/24");
    expect(problem("192.168.10.255")).toContain("all of");
  });

  test("is never loopback, link-local, metadata or multicast, whatever network was named", () => {
    const [all] = parseNetworks(
      "127.0.0.0/8,169.254.0.0/16,100.64.0.0/10,224.0.0.0/8,fd00:ec2::/32,fe80::/32,192.0.0.0/24",
    );
    const addresses = [
      "127.0.0.1",
      "127.1.2.3",
      "169.254.169.254",
      "100.100.100.200",
      "224.0.0.1",
      "192.0.0.8",
    ];
    for (const address of [
      ...addresses,
      "0.0.0.0",
      "255.255.255.255",
      "::1",
      "::",
      "fe80::1",
      "fd00:ec2::254",
      "ff02::1",
    ])
      expect(addressProblem(address, { networks: all, taken: [] }), address).toMatch(/is refused: it|clouds/);
  });

  test("has one spelling, so that what was refused is not taken in another", () => {
    const spellings = [
      "192.168.010.031",
      "0xc0a80a1f",
      "3232238111",
      "192.168.2591",
      "192.168.10.31.",
      "web1",
    ];
    const forms = [
      "::ffff:192.168.10.31",
      "::192.168.10.31",
      "64:ff9b::c0a8:a1f",
      "FD00::31",
      "fd00:0::31",
      "fd00::31%eth0",
    ];
    for (const address of [...spellings, ...forms]) expect(problem(address), address).toBeTypeOf("string");
    expect(canonicalAddress("FD00:0::31")).toBe("fd00::31");
  });

  test("counts from networks that are not half of the world", () => {
    for (const text of [
      "0.0.0.0/0",
      "10.0.0.0/7",
      "::/0",
      "fd00::/31",
      "10.0.0.0/33",
      "10.0.0.0",
      "x/24",
      "10.0.0.0/-1",
    ])
      expect(parseNetworks(text)[1], text).toHaveLength(1);
    expect(networkAround("192.168.10.201")).toMatchObject({ bits: 24 });
    expect(networkAround("pve1")).toBeUndefined();
  });
});
