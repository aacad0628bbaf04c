resource "proxmox_virtual_environment_container" "ct" {
  description = "a larger container"
  tags        = ["ct", "large"]
  cpu {
    cores = 2
  }
  memory {
    dedicated = 512
    swap      = 128
  }
  disk {
    datastore_id = "local-lvm"
    size         = 6
  }
}
