#!/bin/sh
# Starts the agent or the console in a container. What the settings leave out is rehearsed, as ./minilab up does it
# (launcher/team/missing-parts.ts): a script stands in for the model, but never against real nodes.
set -eu
# facts of the image, whatever .env says
export PROJECT_DIR=/app WORKSPACE_LAYOUT=container SANDBOX=container REDIS_USER="${AGENT_ROLE:-console}"

# An agent: root only until the network is closed to its tools; then this begins again as a user that can start processes
# as theirs and end them. Each role's tools are a user of their own: the kernel counts processes by user, over all
# containers. DevOps_Builder's share files with it through the group, the others' only read. Its terraform is one more
# user, whose group has the states and plans.
if [ "$(id -u)" = 0 ]; then
  groups=--clear-groups
  case $AGENT_ROLE in
    DevOps_Builder) TOOL_UID=10002 TOOL_GID="$(id -g minilab)" TERRAFORM_UID=10006 groups=--groups=10006 ;;
    Architect_Zero) TOOL_UID=10003 TOOL_GID=10003 ;;
    Security_Sentinel) TOOL_UID=10004 TOOL_GID=10004 ;;
    QA_Tester) TOOL_UID=10005 TOOL_GID=10005 ;;
  esac
  export TOOL_UID TOOL_GID TERRAFORM_UID
  /app/firewall "${PROXMOX_NODES:-pve1=pve1,pve2=pve2}"
  umask 002
  exec setpriv --reuid=minilab --regid=minilab "$groups" --no-new-privs --bounding-set=-all,+setuid,+setgid,+kill \
    --inh-caps=-all,+setuid,+setgid,+kill --ambient-caps=-all,+setuid,+setgid,+kill "$0" "$@"
fi

[ -e "${OPENAI_API_KEY_FILE:-}" ] || unset OPENAI_API_KEY_FILE
if [ -z "${OPENAI_API_KEY:-}${MODEL_KEY_IS:-}${OPENAI_API_KEY_FILE:-}${OPENAI_API_BASE:-}" ]; then
  if [ -n "${PROXMOX_NODES:-}" ]; then
    echo "PROXMOX_NODES names real nodes, but there is no model: set OPENAI_API_KEY or OPENAI_API_BASE" >&2
    exit 78
  fi
  export OPENAI_API_BASE=http://lab-model:8080/v1 OPENAI_API_KEY=lab LLM_MODEL=scripted
  unset BUDGET_SESSION_DOLLARS BUDGET_DAY_DOLLARS # it has no price
  export APPROVAL=reviewer # whoever watches a story is not asked for it
  export MINILAB_BANNER="REHEARSAL: scripted model, simulated cluster
Type go: the team plays the one story of its script (a small web guest, SSH
hardening); it understands nothing else.
Terraform, Ansible and SSH are real. The nodes answer as Proxmox VE 9 does,
but guests without an image are only records."
elif [ -z "${PROXMOX_NODES:-}" ]; then
  export MINILAB_BANNER="SIMULATED CLUSTER: no real node is touched
Terraform, Ansible and SSH are real. The nodes answer as Proxmox VE 9 does,
but guests without an image are only records."
fi
export PROXMOX_NODES="${PROXMOX_NODES:-pve1=pve1,pve2=pve2}"
exec node --max-semi-space-size=1 "dist/$1.mjs" # NODE_FLAGS of launcher/team/bundle.ts
