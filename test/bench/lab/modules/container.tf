# A container of a template that is downloaded, with a volume of its own, and a clone of another one.
resource "proxmox_virtual_environment_download_file" "debian" {
  content_type = "vztmpl"
  datastore_id = "local"
  node_name    = "pve1"
  url          = "http://download.proxmox.com/images/system/debian-12-standard_12.12-1_amd64.tar.zst"
}

resource "proxmox_virtual_environment_container" "ct" {
  node_name    = "pve1"
  vm_id        = 9201
  description  = "a container"
  unprivileged = true
  tags         = ["ct"]
  features {
    nesting = true
  }
  cpu {
    cores = 1
  }
  memory {
    dedicated = 256
    swap      = 128
  }
  initialization {
    hostname = "ct-1"
    dns {
      domain  = "lab.example.org"
      servers = ["192.168.10.1"]
    }
    ip_config {
      ipv4 {
        address = "192.168.10.60/24"
        gateway = "192.168.10.1"
      }
    }
    user_account {
      keys     = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8g0v1xkJ7Vf0p9wq2vO3zq0k8m2c5rT1wJ7yG0aBcD you@example.org"]
      password = "a long password"
    }
  }
  network_interface {
    name     = "eth0"
    bridge   = "vmbr0"
    firewall = true
  }
  disk {
    datastore_id = "local-lvm"
    size         = 5
  }
  mount_point {
    volume = "local-lvm"
    size   = "2G"
    path   = "/srv/data"
    backup = true
  }
  operating_system {
    template_file_id = proxmox_virtual_environment_download_file.debian.id
    type             = "debian"
  }
  startup {
    order    = 2
    up_delay = 10
  }
}

resource "proxmox_virtual_environment_container" "base" {
  node_name = "pve1"
  vm_id     = 9202
  template  = true
  started   = false
  initialization {
    hostname = "base"
  }
  disk {
    datastore_id = "local-lvm"
    size         = 2
  }
  operating_system {
    template_file_id = proxmox_virtual_environment_download_file.debian.id
    type             = "debian"
  }
}

resource "proxmox_virtual_environment_container" "copy" {
  node_name = "pve1"
  vm_id     = 9203
  started   = false
  clone {
    vm_id = proxmox_virtual_environment_container.base.vm_id
  }
  initialization {
    hostname = "copy"
  }
}
