#!/bin/sh
# What the tools of a role may reach, by their user id: DevOps_Builder's the nodes and the web, everyone else's nothing at
# all, loopback included. As root, before the agent gives its rights away; where a rule cannot be set, nothing starts.
# firewall NODES, as in PROXMOX_NODES
set -eu
nodes=$1

fail() {
  echo "$1" >&2
  exit 78
}

# What getent says about each node; one that has a name is known by its addresses of this moment.
look_up_nodes() {
  for entry in $(echo "$nodes" | tr ',' ' '); do
    host=$(echo "${entry#*=}" | sed -E 's/^\[(.*)\](:[0-9]+)?$/\1/; t; s/:[0-9]+$//')
    getent ahosts "$host" || fail "the address of the node $host is not known: is its name right, does it run?"
  done
}

accept_nodes() {
  found=$(look_up_nodes) || exit
  for address in $(echo "$found" | awk '{ print $1 }' | sort -u); do
    case $address in *:*) echo "ip6 daddr $address accept" ;; *) echo "ip daddr $address accept" ;; esac
  done
}

# By address: the bus, the host and what else is private are none of it. 127.0.0.11 is Docker's name server.
accept_web() {
  cat <<'RULES'
    ip daddr 127.0.0.11 ct original proto-dst 53 accept
    ip daddr != @private tcp dport { 80, 443 } accept
    ip6 daddr 2000::/3 tcp dport { 80, 443 } accept
RULES
}

accepted=
api=
if [ "$AGENT_ROLE" = DevOps_Builder ]; then
  accepted=$(accept_nodes && accept_web)
  # the cluster's API, as its agent serves it to terraform (agents/tools/api-access.ts)
  api="    meta skuid $TERRAFORM_UID ip daddr 127.0.0.1 tcp dport 8007 accept"
fi
nft -f - <<RULES || fail "the firewall of the tools cannot be set (nft): does this container have the capability NET_ADMIN?"
table inet minilab {}
delete table inet minilab
table inet minilab {
  set private {
    type ipv4_addr; flags interval
    elements = { 0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.0.0.0/24,
                 192.168.0.0/16, 198.18.0.0/15, 224.0.0.0/3 }
  }
  chain refuse {
    meta l4proto tcp reject with tcp reset
    reject
  }
  chain tools {
$api
$accepted
    goto refuse
  }
  chain output {
    type filter hook output priority filter; policy accept;
    ip daddr 169.254.0.0/16 goto refuse
    meta skuid { $TOOL_UID${TERRAFORM_UID:+, $TERRAFORM_UID} } jump tools
  }
}
RULES
