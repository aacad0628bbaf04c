# What the cluster knows besides guests: options, realms, metrics, devices by name, notes of a node.
resource "proxmox_cluster_options" "options" {
  language                  = "de"
  email_from                = "admin@example.org"
  bandwidth_limit_migration = 555555
  bandwidth_limit_default   = 666666
  max_workers               = 5
  migration_cidr            = "192.168.10.0/24"
  migration_type            = "secure"
  description               = "the cluster of the lab"
  next_id = {
    lower = 500
    upper = 9999
  }
  notify = {
    package_updates = "always"
  }
}

resource "proxmox_metrics_server" "influx" {
  name   = "influx"
  server = "192.168.10.12"
  port   = 8089
  type   = "influxdb"
}

resource "proxmox_metrics_server" "graphite" {
  name           = "graphite"
  server         = "192.168.10.13"
  port           = 2003
  type           = "graphite"
  graphite_proto = "tcp"
}

resource "proxmox_realm_ldap" "ldap" {
  realm     = "people"
  server1   = "ldap.example.org"
  port      = 389
  base_dn   = "ou=people,dc=example,dc=org"
  user_attr = "uid"
  comment   = "everybody"
}

resource "proxmox_realm_openid" "openid" {
  realm          = "sso"
  issuer_url     = "https://sso.example.org"
  client_id      = "proxmox"
  username_claim = "email"
  autocreate     = true
}

resource "proxmox_hardware_mapping_dir" "data" {
  name    = "data"
  comment = "data of guests"
  map = [
    { node = "pve1", path = "/srv" },
  ]
}

resource "proxmox_hardware_mapping_pci" "gpu" {
  name    = "gpu"
  comment = "a graphics card"
  map = [
    {
      node         = "pve1"
      id           = "8086:5916"
      path         = "0000:00:02.0"
      iommu_group  = 0
      subsystem_id = "8086:2068"
    },
  ]
}

resource "proxmox_hardware_mapping_usb" "key" {
  name = "key"
  map = [
    { node = "pve1", id = "1050:0407" },
  ]
}

resource "proxmox_node_config" "pve2" {
  node_name   = "pve2"
  description = "Managed by Terraform"
}

data "proxmox_virtual_environment_nodes" "all" {}
data "proxmox_virtual_environment_datastores" "pve1" { node_name = "pve1" }
data "proxmox_virtual_environment_vms" "all" {}
data "proxmox_virtual_environment_dns" "pve1" { node_name = "pve1" }
data "proxmox_virtual_environment_time" "pve1" { node_name = "pve1" }

output "seen" {
  value = [
    data.proxmox_virtual_environment_nodes.all.names,
    data.proxmox_virtual_environment_datastores.pve1.datastores[*].id,
    data.proxmox_virtual_environment_vms.all.vms[*].vm_id,
    data.proxmox_virtual_environment_time.pve1.time_zone,
  ]
}
