resource "proxmox_haresource" "one" {
  comment     = "Managed by Terraform, still"
  max_restart = 3
}

resource "proxmox_harule" "home" {
  comment = "where it belongs"
  nodes = {
    pve1 = 1
  }
  strict = false
}

resource "proxmox_replication" "one" {
  schedule = "*/15"
  rate     = 10
}
