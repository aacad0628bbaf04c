# Machines without a template: several disks and networks, UEFI with a TPM, a number that the cluster chooses.
resource "proxmox_virtual_environment_vm" "db" {
  name          = "db-1"
  description   = "Managed by Terraform"
  node_name     = "pve1"
  started       = false
  on_boot       = true
  scsi_hardware = "virtio-scsi-single"
  tags          = ["db"]
  cpu {
    cores   = 1
    sockets = 2
  }
  memory {
    dedicated = 512
    floating  = 256
  }
  disk {
    datastore_id = "local-lvm"
    interface    = "scsi0"
    size         = 8
    iothread     = true
    discard      = "on"
    ssd          = true
  }
  disk {
    datastore_id = "local-lvm"
    interface    = "virtio1"
    size         = 4
    cache        = "writeback"
    backup       = false
    serial       = "data1"
  }
  network_device {
    bridge   = "vmbr0"
    firewall = true
  }
  network_device {
    bridge      = "vmbr0"
    model       = "e1000"
    vlan_id     = 20
    mac_address = "BC:24:11:00:11:22"
    rate_limit  = 10
  }
  startup {
    order      = 3
    up_delay   = 60
    down_delay = 30
  }
  operating_system {
    type = "l26"
  }
  serial_device {}
  vga {
    type = "serial0"
  }
}

resource "proxmox_virtual_environment_vm" "uefi" {
  name      = "uefi-1"
  node_name = "pve2"
  vm_id     = 9301
  bios      = "ovmf"
  machine   = "q35"
  started   = false
  efi_disk {
    datastore_id      = "local-lvm"
    type              = "4m"
    pre_enrolled_keys = true
  }
  tpm_state {
    datastore_id = "local-lvm"
    version      = "v2.0"
  }
  disk {
    datastore_id = "local-lvm"
    interface    = "scsi0"
    size         = 4
  }
}

resource "proxmox_virtual_environment_vm" "template" {
  name      = "base-1"
  node_name = "pve1"
  vm_id     = 9302
  template  = true
  started   = false
  disk {
    datastore_id = "local-lvm"
    interface    = "scsi0"
    size         = 1
  }
}

resource "proxmox_virtual_environment_vm" "far" {
  name      = "far-1"
  node_name = "pve2"
  vm_id     = 9303
  started   = false
  clone {
    vm_id     = proxmox_virtual_environment_vm.template.vm_id
    node_name = "pve1"
  }
}
