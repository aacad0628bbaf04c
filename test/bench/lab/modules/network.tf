# Bridges, VLANs and bonds of a node, and networks that all nodes have.
resource "proxmox_network_linux_bridge" "vmbr1" {
  node_name = "pve1"
  name      = "vmbr1"
  address   = "10.0.0.1/24"
  comment   = "internal"
}

resource "proxmox_network_linux_bridge" "vmbr2" {
  node_name  = "pve1"
  name       = "vmbr2"
  vlan_aware = true
  autostart  = false
}

resource "proxmox_network_linux_vlan" "v20" {
  node_name = "pve1"
  name      = "nic0.20"
  comment   = "vlan 20"
}

resource "proxmox_network_linux_vlan" "named" {
  node_name = "pve1"
  name      = "vlan30"
  interface = "nic0"
  vlan      = 30
  address   = "10.0.30.1/24"
}

resource "proxmox_virtual_environment_vm" "inside" {
  name      = "inside"
  node_name = "pve1"
  vm_id     = 9150
  started   = false
  network_device {
    bridge = proxmox_network_linux_bridge.vmbr1.name
  }
}

resource "proxmox_sdn_applier" "last" {}

resource "proxmox_sdn_zone_simple" "zone" {
  id         = "zone1"
  mtu        = 1500
  ipam       = "pve"
  depends_on = [proxmox_sdn_applier.last]
}

resource "proxmox_sdn_zone_vlan" "tagged" {
  id         = "zone2"
  bridge     = "vmbr0"
  nodes      = ["pve1", "pve2"]
  depends_on = [proxmox_sdn_applier.last]
}

resource "proxmox_sdn_vnet" "net" {
  id         = "vnet1"
  zone       = proxmox_sdn_zone_simple.zone.id
  alias      = "a net"
  depends_on = [proxmox_sdn_applier.last]
}

resource "proxmox_sdn_vnet" "tagged" {
  id         = "vnet2"
  zone       = proxmox_sdn_zone_vlan.tagged.id
  tag        = 40
  depends_on = [proxmox_sdn_applier.last]
}

resource "proxmox_sdn_subnet" "subnet" {
  cidr    = "10.1.0.0/24"
  vnet    = proxmox_sdn_vnet.net.id
  gateway = "10.1.0.1"
  snat    = true
  dhcp_range = {
    start_address = "10.1.0.10"
    end_address   = "10.1.0.20"
  }
  depends_on = [proxmox_sdn_applier.last]
}

resource "proxmox_sdn_applier" "first" {
  depends_on = [proxmox_sdn_subnet.subnet, proxmox_sdn_vnet.tagged]
}
