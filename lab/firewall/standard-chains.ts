/** The chains that the Proxmox firewall has whatever its rules are (pve_std_chains of PVE/Firewall.pm), for IPv4. */

export const ACCEPTED = "0x80000000/0x80000000";
export const CLEARED = "0x00000000/0x80000000";

const NOT_NEW = "-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN";

/** Each a match and a target. `noise`: what becomes of Microsoft's broadcasts. */
function quiet(noise: string): string[] {
  return [
    "-j PVEFW-DropBroadcast",
    "-p icmp -m icmp --icmp-type fragmentation-needed -j ACCEPT",
    "-p icmp -m icmp --icmp-type time-exceeded -j ACCEPT",
    "-m conntrack --ctstate INVALID -j DROP",
    `-p udp --match multiport --dports 135,445 -j ${noise}`,
    `-p udp --dport 137:139 -j ${noise}`,
    `-p udp --sport 137 --dport 1024:65535 -j ${noise}`,
    `-p tcp --match multiport --dports 135,139,445 -j ${noise}`,
    "-p udp --dport 1900 -j DROP",
    `${NOT_NEW} -j DROP`,
    "-p udp --sport 53 -j DROP",
  ];
}

const FLAGS = [
  "--tcp-flags FIN,SYN,RST,PSH,ACK,URG FIN,PSH,URG",
  "--tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE",
  "--tcp-flags SYN,RST SYN,RST",
  "--tcp-flags FIN,SYN FIN,SYN",
  "--sport 0 --tcp-flags FIN,SYN,RST,ACK SYN",
];

export const STANDARD_CHAINS: Readonly<Record<string, readonly string[]>> = {
  "PVEFW-SET-ACCEPT-MARK": [`-j MARK --set-mark ${ACCEPTED}`],
  "PVEFW-DropBroadcast": [
    ...["BROADCAST", "MULTICAST", "ANYCAST"].map((type) => `-m addrtype --dst-type ${type} -j DROP`),
    "-d 224.0.0.0/4 -j DROP",
  ],
  "PVEFW-reject": [
    "-m addrtype --dst-type BROADCAST -j DROP",
    "-s 224.0.0.0/4 -j DROP",
    "-p icmp -j DROP",
    "-p tcp -j REJECT --reject-with tcp-reset",
    "-p udp -j REJECT --reject-with icmp-port-unreachable",
    "-p icmp -j REJECT --reject-with icmp-host-unreachable",
    "-j REJECT --reject-with icmp-host-prohibited",
  ],
  "PVEFW-Drop": quiet("DROP"),
  "PVEFW-Reject": quiet("PVEFW-reject"),
  "PVEFW-tcpflags": FLAGS.map((flags) => `-p tcp -m tcp ${flags} -g PVEFW-logflags`),
  "PVEFW-smurfs": [
    "-s 0.0.0.0/32 -j RETURN",
    "-m addrtype --src-type BROADCAST -g PVEFW-smurflog",
    "-s 224.0.0.0/4 -g PVEFW-smurflog",
  ],
  "PVEFW-smurflog": ["-j DROP"],
  "PVEFW-logflags": ["-j DROP"],
};
