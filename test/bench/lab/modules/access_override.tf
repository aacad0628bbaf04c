resource "proxmox_virtual_environment_role" "ci" {
  privileges = ["VM.Audit", "VM.PowerMgmt"]
}

resource "proxmox_virtual_environment_group" "ops" {
  comment = "operators of all"
}

resource "proxmox_virtual_environment_user" "ci" {
  comment  = "ci robot, asleep"
  enabled  = false
  password = "another-long-password"
}

resource "proxmox_user_token" "ci" {
  comment = "for terraform alone"
}

resource "proxmox_virtual_environment_pool" "prod" {
  comment = "production, really"
}
