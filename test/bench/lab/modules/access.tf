# Who may do what: roles, groups, users, tokens, access lists, pools and what is in them.
resource "proxmox_virtual_environment_role" "ci" {
  role_id    = "CIRole"
  privileges = ["VM.Audit", "VM.Allocate", "VM.Clone", "VM.GuestAgent.Audit", "Datastore.AllocateSpace"]
}

resource "proxmox_virtual_environment_group" "ops" {
  group_id = "ops"
  comment  = "operators"
}

resource "proxmox_virtual_environment_user" "ci" {
  user_id    = "ci@pve"
  password   = "a-long-password"
  comment    = "ci robot"
  email      = "ci@example.org"
  first_name = "Ci"
  groups     = [proxmox_virtual_environment_group.ops.group_id]
  lifecycle {
    ignore_changes = [acl] # it lists those of below, too
  }
}

resource "proxmox_virtual_environment_user" "auditor" {
  user_id  = "auditor@pve"
  password = "a-long-password"
  acl {
    path      = "/nodes/pve1"
    role_id   = "PVEAuditor"
    propagate = true
  }
}

resource "proxmox_user_token" "ci" {
  user_id               = proxmox_virtual_environment_user.ci.user_id
  token_name            = "tf"
  comment               = "for terraform"
  expiration_date       = "2034-01-01T22:00:00Z"
  privileges_separation = true
}

resource "proxmox_acl" "user" {
  user_id   = proxmox_virtual_environment_user.ci.user_id
  role_id   = proxmox_virtual_environment_role.ci.role_id
  path      = "/vms"
  propagate = true
}

resource "proxmox_acl" "token" {
  token_id  = proxmox_user_token.ci.id
  role_id   = proxmox_virtual_environment_role.ci.role_id
  path      = "/storage/local-lvm"
  propagate = false
}

resource "proxmox_acl" "group" {
  group_id = proxmox_virtual_environment_group.ops.group_id
  role_id  = "PVEVMUser"
  path     = "/pool/prod"
}

resource "proxmox_virtual_environment_pool" "prod" {
  pool_id = "prod"
  comment = "production"
}

resource "proxmox_virtual_environment_vm" "member" {
  name      = "member"
  node_name = "pve1"
  vm_id     = 9110
  pool_id   = proxmox_virtual_environment_pool.prod.pool_id
  started   = false
}

resource "proxmox_pool_membership" "storage" {
  pool_id    = proxmox_virtual_environment_pool.prod.pool_id
  storage_id = "local-lvm"
}
