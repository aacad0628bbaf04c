resource "proxmox_virtual_environment_vm" "web" {
  description = "a larger web server"
  tags        = ["web"]
  cpu {
    cores = 1
    type  = "host"
  }
  memory {
    dedicated = 512
  }
  disk {
    datastore_id = "local-lvm"
    interface    = "scsi0"
    size         = 10
  }
}

resource "proxmox_virtual_environment_vm" "linked" {
  name = "web-3"
}
