# High availability, and replication to the other node.
resource "proxmox_storage_zfspool" "tank" {
  id       = "tank"
  zfs_pool = "tank/data"
  content  = ["images", "rootdir"]
}

resource "proxmox_virtual_environment_vm" "one" {
  name      = "one"
  node_name = "pve1"
  vm_id     = 9140
  started   = false
  disk {
    datastore_id = proxmox_storage_zfspool.tank.id
    interface    = "scsi0"
    file_format  = "raw"
    size         = 1
  }
}

resource "proxmox_virtual_environment_vm" "other" {
  name      = "other"
  node_name = "pve2"
  vm_id     = 9141
  started   = false
}

resource "proxmox_haresource" "one" {
  resource_id  = "vm:${proxmox_virtual_environment_vm.one.vm_id}"
  state        = "stopped"
  comment      = "Managed by Terraform"
  max_restart  = 2
  max_relocate = 1
}

resource "proxmox_haresource" "other" {
  resource_id = "vm:${proxmox_virtual_environment_vm.other.vm_id}"
  state       = "stopped"
}

resource "proxmox_harule" "home" {
  rule      = "home"
  type      = "node-affinity"
  comment   = "where they belong"
  resources = [proxmox_haresource.one.id]
  nodes = {
    pve1 = 2
    pve2 = null
  }
  strict = true
}

resource "proxmox_harule" "apart" {
  rule      = "apart"
  type      = "resource-affinity"
  resources = [proxmox_haresource.one.id, proxmox_haresource.other.id]
  affinity  = "negative"
}

resource "proxmox_replication" "one" {
  id       = "${proxmox_virtual_environment_vm.one.vm_id}-0"
  target   = "pve2"
  type     = "local"
  schedule = "*/30"
  comment  = "each half hour"
}
