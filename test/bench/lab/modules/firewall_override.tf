resource "proxmox_virtual_environment_cluster_firewall" "cluster" {
  input_policy = "REJECT"
  ebtables     = false
}

resource "proxmox_virtual_environment_cluster_firewall_security_group" "web" {
  comment = "all web servers"
  rule {
    type    = "in"
    action  = "ACCEPT"
    comment = "http and https"
    dport   = "80,443"
    proto   = "tcp"
  }
}

resource "proxmox_virtual_environment_firewall_alias" "lan" {
  cidr    = "192.168.10.0/25"
  comment = "half of it"
}

resource "proxmox_virtual_environment_firewall_options" "guest" {
  dhcp          = false
  input_policy  = "REJECT"
  log_level_out = "warning"
}

resource "proxmox_virtual_environment_firewall_rules" "guest" {
  rule {
    type    = "in"
    action  = "REJECT"
    comment = "no https"
    dport   = "443"
    proto   = "tcp"
  }
}
