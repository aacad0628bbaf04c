# An image that is downloaded and imported, and an ISO image in a drive.
resource "proxmox_virtual_environment_download_file" "noble" {
  content_type        = "import"
  datastore_id        = "local"
  node_name           = "pve1"
  url                 = "https://cloud-images.example.org/noble/noble-server-cloudimg-amd64.img"
  file_name           = "noble-server-cloudimg-amd64.qcow2"
  overwrite_unmanaged = true
}

resource "proxmox_virtual_environment_download_file" "iso" {
  content_type = "iso"
  datastore_id = "local"
  node_name    = "pve1"
  url          = "https://images.example.org/debian-13.1.0-amd64-netinst.iso"
}

resource "proxmox_virtual_environment_file" "small" {
  content_type = "iso"
  datastore_id = "local"
  node_name    = "pve1"
  source_raw {
    file_name = "seed.iso"
    data      = "not much of an image"
  }
}

resource "proxmox_virtual_environment_vm" "imported" {
  name      = "img-1"
  node_name = "pve1"
  vm_id     = 9102
  memory {
    dedicated = 256
  }
  disk {
    datastore_id = "local-lvm"
    import_from  = proxmox_virtual_environment_download_file.noble.id
    interface    = "virtio0"
    size         = 10
  }
  cdrom {
    file_id   = proxmox_virtual_environment_download_file.iso.id
    interface = "ide0"
  }
  boot_order = ["virtio0", "ide0"]
  network_device {
    bridge = "vmbr0"
  }
  serial_device {}
  initialization {
    datastore_id = "local-lvm"
    ip_config {
      ipv4 {
        address = "dhcp"
      }
    }
  }
}
