#!/bin/sh
# Starts the agent or the console in a container. What the settings leave out is rehearsed, as ./minilab up does it
# (parts.ts): a script stands in for the model, but never against real nodes.
set -eu
if [ -z "${OPENAI_API_KEY:-}${OPENAI_API_BASE:-}" ]; then
  if [ -n "${PROXMOX_NODES:-}" ]; then
    echo "PROXMOX_NODES names real nodes, but there is no model: set OPENAI_API_KEY or OPENAI_API_BASE" >&2
    exit 78
  fi
  export OPENAI_API_BASE=http://lab-model:8080/v1 OPENAI_API_KEY=lab LLM_MODEL=scripted
  export MINILAB_BANNER="REHEARSAL: scripted model, simulated cluster"
elif [ -z "${PROXMOX_NODES:-}" ]; then
  export MINILAB_BANNER="SIMULATED CLUSTER: no real node is touched"
fi
# facts of the image, whatever .env says
export PROJECT_DIR=/app WORKSPACE_LAYOUT=container SANDBOX=container
export PROXMOX_NODES="${PROXMOX_NODES:-pve1=pve1,pve2=pve2}"
exec node --max-semi-space-size=1 "dist/$1.mjs" # NODE_FLAGS of launcher/bundle.ts
