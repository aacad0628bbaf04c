resource "proxmox_virtual_environment_vm" "web" {
  description = "with a hook"
}
