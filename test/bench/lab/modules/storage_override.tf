resource "proxmox_storage_directory" "bulk" {
  content = ["images", "backup", "iso"]
  nodes   = ["pve1", "pve2"]
  backups {
    keep_daily = 14
    keep_last  = 3
  }
}

resource "proxmox_virtual_environment_vm" "bulky" {
  disk {
    datastore_id = "local-lvm"
    interface    = "scsi0"
    file_format  = "raw"
    size         = 2
  }
}

resource "proxmox_backup_job" "daily" {
  schedule = "sat 03:00"
  mode     = "stop"
  enabled  = false
}
