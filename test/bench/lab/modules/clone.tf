# Two clones of a template with cloud-init: a full one, and a linked one that runs with an agent in its configuration.
resource "proxmox_virtual_environment_vm" "web" {
  name        = "web-1"
  description = "a web server"
  node_name   = "pve1"
  vm_id       = 9101
  tags        = ["terraform", "web"]
  clone {
    vm_id = 9000
  }
  cpu {
    cores = 2
    type  = "x86-64-v2-AES"
  }
  memory {
    dedicated = 256
  }
  disk {
    datastore_id = "local-lvm"
    interface    = "scsi0"
    size         = 8
  }
  network_device {
    bridge = "vmbr0"
  }
  initialization {
    datastore_id = "local-lvm"
    dns {
      domain  = "lab.example.org"
      servers = ["192.168.10.1"]
    }
    ip_config {
      ipv4 {
        address = "192.168.10.50/24"
        gateway = "192.168.10.1"
      }
    }
    user_account {
      username = "ubuntu"
      password = "a long password"
      keys     = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8g0v1xkJ7Vf0p9wq2vO3zq0k8m2c5rT1wJ7yG0aBcD you+me@example.org"]
    }
  }
}

resource "proxmox_virtual_environment_vm" "linked" {
  name      = "web-2"
  node_name = "pve1"
  clone {
    vm_id = 9000
    full  = false
  }
  agent {
    enabled = true
    timeout = "2m"
  }
  memory {
    dedicated = 256
  }
  network_device {
    bridge = "vmbr0"
  }
  initialization {
    ip_config {
      ipv4 {
        address = "192.168.10.51/24"
        gateway = "192.168.10.1"
      }
    }
  }
}

output "addresses" {
  value = flatten(proxmox_virtual_environment_vm.linked.ipv4_addresses)
}
