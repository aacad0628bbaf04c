# Storages of several kinds, a job that backs up to one of them, a disk in another.
resource "proxmox_storage_directory" "bulk" {
  id      = "bulk"
  path    = "/srv/bulk"
  nodes   = ["pve1"]
  content = ["images", "backup", "snippets"]
  backups {
    keep_daily = 7
    keep_last  = 3
  }
}

resource "proxmox_storage_nfs" "share" {
  id      = "share"
  server  = "192.168.10.10"
  export  = "/exports/proxmox"
  content = ["iso", "backup"]
  options = "vers=4.2"
  disable = true
}

resource "proxmox_storage_pbs" "pbs" {
  id          = "pbs"
  server      = "192.168.10.11"
  datastore   = "store"
  username    = "backup@pbs"
  password    = "a-long-password"
  fingerprint = "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99"
  content     = ["backup"]
  disable     = true
}

resource "proxmox_virtual_environment_vm" "bulky" {
  name      = "bulky"
  node_name = "pve1"
  vm_id     = 9130
  started   = false
  disk {
    datastore_id = proxmox_storage_directory.bulk.id
    interface    = "scsi0"
    file_format  = "qcow2"
    size         = 2
  }
}

resource "proxmox_backup_job" "daily" {
  id            = "daily"
  schedule      = "*-*-* 02:00"
  storage       = proxmox_storage_directory.bulk.id
  vmid          = [tostring(proxmox_virtual_environment_vm.bulky.vm_id)]
  mode          = "snapshot"
  compress      = "zstd"
  prune_backups = { keep-last = "3" }
}
