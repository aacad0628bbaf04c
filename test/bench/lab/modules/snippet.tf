# Files that come to a node over SSH: cloud-init's user data and a hook of a guest.
resource "proxmox_virtual_environment_file" "user_data" {
  content_type = "snippets"
  datastore_id = "local"
  node_name    = "pve1"
  source_raw {
    file_name = "web.cloud-config.yaml"
    data      = <<-EOT
      #cloud-config
      packages: [qemu-guest-agent]
    EOT
  }
}

resource "proxmox_virtual_environment_file" "hook" {
  content_type = "snippets"
  datastore_id = "local"
  node_name    = "pve1"
  file_mode    = "0700"
  source_raw {
    file_name = "hook.sh"
    data      = "#!/bin/sh\nexit 0\n"
  }
}

resource "proxmox_virtual_environment_vm" "web" {
  name                = "web-4"
  node_name           = "pve1"
  vm_id               = 9104
  started             = false
  hook_script_file_id = proxmox_virtual_environment_file.hook.id
  clone {
    vm_id = 9000
  }
  initialization {
    datastore_id      = "local-lvm"
    user_data_file_id = proxmox_virtual_environment_file.user_data.id
    ip_config {
      ipv4 {
        address = "dhcp"
      }
    }
  }
}
