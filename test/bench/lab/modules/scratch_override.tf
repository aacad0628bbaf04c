resource "proxmox_virtual_environment_vm" "db" {
  description = "Managed by Terraform, and larger"
  on_boot     = false
  started     = true
  cpu {
    cores = 2
  }
  disk {
    datastore_id = "local-lvm"
    interface    = "scsi0"
    size         = 9
    iothread     = true
    discard      = "on"
    ssd          = true
  }
  disk {
    datastore_id = "local-lvm"
    interface    = "virtio1"
    size         = 4
    cache        = "none"
    serial       = "data1"
  }
  disk {
    datastore_id = "local-lvm"
    interface    = "scsi2"
    size         = 1
  }
  network_device {
    bridge   = "vmbr0"
    firewall = false
  }
}

resource "proxmox_virtual_environment_vm" "uefi" {
  machine = "pc"
  tags    = ["uefi"]
}
