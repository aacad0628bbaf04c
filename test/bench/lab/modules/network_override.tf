resource "proxmox_network_linux_bridge" "vmbr1" {
  address = "10.0.0.2/24"
  comment = "internal, moved"
  mtu     = 9000
}

resource "proxmox_network_linux_vlan" "named" {
  address = "10.0.30.2/24"
}

resource "proxmox_sdn_vnet" "net" {
  alias         = "another name"
  isolate_ports = true
}
