resource "proxmox_cluster_options" "options" {
  language       = "fr"
  max_workers    = 3
  migration_type = "insecure"
  description    = "the cluster of the lab, changed"
}

resource "proxmox_metrics_server" "influx" {
  port    = 8090
  disable = true
}

resource "proxmox_realm_ldap" "ldap" {
  comment = "nobody"
  server2 = "ldap2.example.org"
}

resource "proxmox_realm_openid" "openid" {
  comment    = "single sign-on"
  autocreate = false
}

resource "proxmox_hardware_mapping_dir" "data" {
  comment = "data of guests and more"
}

resource "proxmox_hardware_mapping_pci" "gpu" {
  comment = "another graphics card"
}

resource "proxmox_hardware_mapping_usb" "key" {
  comment = "a key"
}

resource "proxmox_node_config" "pve2" {
  description = "Managed by Terraform, still"
}
