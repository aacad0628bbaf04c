# The firewalls of the cluster, of a node and of a guest.
resource "proxmox_virtual_environment_cluster_firewall" "cluster" {
  enabled       = false
  ebtables      = true
  input_policy  = "DROP"
  output_policy = "ACCEPT"
  log_ratelimit {
    enabled = true
    burst   = 10
    rate    = "5/second"
  }
}

resource "proxmox_virtual_environment_cluster_firewall_security_group" "web" {
  name    = "web"
  comment = "web servers"
  rule {
    type    = "in"
    action  = "ACCEPT"
    comment = "https"
    dport   = "443"
    proto   = "tcp"
    log     = "info"
  }
  rule {
    type   = "in"
    action = "ACCEPT"
    macro  = "HTTP"
  }
}

resource "proxmox_virtual_environment_firewall_alias" "lan" {
  name    = "lan"
  cidr    = "192.168.10.0/24"
  comment = "all of it"
}

resource "proxmox_virtual_environment_firewall_ipset" "admins" {
  name    = "admins"
  comment = "who may"
  cidr {
    name    = "192.168.10.7"
    comment = "me"
  }
  cidr {
    name    = "192.168.10.8"
    nomatch = true
  }
}

resource "proxmox_virtual_environment_firewall_rules" "cluster" {
  rule {
    type    = "in"
    action  = "ACCEPT"
    comment = "ssh"
    dport   = "22"
    proto   = "tcp"
    source  = "+${proxmox_virtual_environment_firewall_ipset.admins.name}"
  }
  rule {
    type   = "in"
    action = "ACCEPT"
    macro  = "Ping"
    source = "dc/${proxmox_virtual_environment_firewall_alias.lan.name}"
  }
  rule {
    security_group = proxmox_virtual_environment_cluster_firewall_security_group.web.name
    comment        = "from group"
  }
}

resource "proxmox_node_firewall" "pve2" {
  node_name       = "pve2"
  enabled         = false
  log_level_in    = "info"
  nftables        = false
  smurf_log_level = "nolog"
}

resource "proxmox_virtual_environment_firewall_rules" "node" {
  node_name = "pve2"
  rule {
    type   = "in"
    action = "DROP"
    proto  = "udp"
    dport  = "111"
  }
}

resource "proxmox_virtual_environment_vm" "guest" {
  name      = "guarded"
  node_name = "pve1"
  vm_id     = 9120
  started   = false
  network_device {
    bridge   = "vmbr0"
    firewall = true
  }
}

resource "proxmox_virtual_environment_firewall_options" "guest" {
  node_name     = proxmox_virtual_environment_vm.guest.node_name
  vm_id         = proxmox_virtual_environment_vm.guest.vm_id
  enabled       = true
  dhcp          = true
  ipfilter      = true
  macfilter     = false
  log_level_in  = "info"
  input_policy  = "DROP"
  output_policy = "ACCEPT"
}

resource "proxmox_virtual_environment_firewall_alias" "guest" {
  node_name = proxmox_virtual_environment_vm.guest.node_name
  vm_id     = proxmox_virtual_environment_vm.guest.vm_id
  name      = "peer"
  cidr      = "192.168.10.61"
}

resource "proxmox_virtual_environment_firewall_ipset" "guest" {
  node_name = proxmox_virtual_environment_vm.guest.node_name
  vm_id     = proxmox_virtual_environment_vm.guest.vm_id
  name      = "ipfilter-net0"
  cidr {
    name = "192.168.10.62"
  }
}

resource "proxmox_virtual_environment_firewall_rules" "guest" {
  node_name = proxmox_virtual_environment_vm.guest.node_name
  vm_id     = proxmox_virtual_environment_vm.guest.vm_id
  rule {
    type    = "in"
    action  = "ACCEPT"
    comment = "https"
    dest    = "192.168.10.62"
    dport   = "443"
    proto   = "tcp"
    log     = "info"
  }
  rule {
    security_group = proxmox_virtual_environment_cluster_firewall_security_group.web.name
    iface          = "net0"
  }
  rule {
    type    = "out"
    action  = "DROP"
    enabled = false
    dest    = proxmox_virtual_environment_firewall_alias.guest.name
  }
}
