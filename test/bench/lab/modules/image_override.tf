resource "proxmox_virtual_environment_vm" "imported" {
  cdrom {
    file_id   = "none"
    interface = "ide0"
  }
  disk {
    datastore_id = "local-lvm"
    import_from  = proxmox_virtual_environment_download_file.noble.id
    interface    = "virtio0"
    size         = 12
  }
  initialization {
    datastore_id = "local-lvm"
    ip_config {
      ipv4 {
        address = "192.168.10.52/24"
        gateway = "192.168.10.1"
      }
    }
  }
}
