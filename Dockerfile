# One image for the four agents and the console (target runtime), one for the simulated cluster (target lab).
FROM node:24-trixie-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY agents agents
COPY client client
COPY lab lab
COPY launcher launcher
RUN node launcher/team/bundle.ts dist

FROM hashicorp/terraform:1.11 AS terraform
FROM registry.k8s.io/kubectl:v1.32.3 AS kubectl

# Ansible and Terraform as ./minilab brings them, by the same pins; another Terraform of that tag is replaced by the pinned one
FROM node:24-trixie-slim AS programs
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates python3 python3-pip \
 && rm -rf /var/lib/apt/lists/*
COPY launcher/programs /pins
COPY --from=terraform /bin/terraform /programs/terraform/terraform
RUN python3 /pins/ansible.py /programs/ansible && python3 /pins/terraform.py /programs/terraform

# Debian 13, as Proxmox VE 9 itself
FROM node:24-trixie-slim AS runtime
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    ca-certificates curl git jq nftables openssh-client python3 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=kubectl /bin/kubectl /usr/local/bin/kubectl
COPY --from=programs /programs /opt/minilab
ENV MINILAB_PROGRAMS=/opt/minilab PATH=/opt/minilab/ansible/bin:/opt/minilab/terraform:$PATH
# the owner of the checkout: what the agents write belongs to the people who read it
ARG MINILAB_UID=10001
ARG MINILAB_GID=10001
RUN userdel node \
 && groupadd --non-unique --gid "$MINILAB_GID" minilab \
 && useradd --non-unique --uid "$MINILAB_UID" --gid minilab --home-dir /tmp --no-create-home --shell /usr/sbin/nologin minilab \
 && for uid in 10002 10003 10004 10005 10006; do useradd --uid $uid --user-group --home-dir /tmp --no-create-home "tools-$uid"; done
WORKDIR /app
COPY --chmod=755 launcher/container-start.sh start
COPY --chmod=755 launcher/container-firewall.sh firewall
COPY prompts prompts
COPY --from=build /build/dist/team dist
RUN install --directory --owner minilab dist/.compiled
ENV NODE_ENV=production HOME=/tmp NODE_COMPILE_CACHE=/app/dist/.compiled
USER minilab
# an agent without a role ends at once and leaves what it compiled: every start is quicker and smaller
RUN ! node --max-semi-space-size=1 dist/agent.mjs 2>/dev/null && ls dist/.compiled/*
ENTRYPOINT ["/app/start"]
CMD ["agent"]

FROM runtime AS lab
USER root
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends openssh-server openssh-sftp-server \
 && rm -rf /var/lib/apt/lists/* /etc/ssh/ssh_host_*
COPY --from=build /build/dist/lab dist
# the cluster's tools, which a node puts into /opt/lab/bin: before the system's own on every default PATH, and in the
# place of the one that Ansible looks for in /usr/bin
COPY lab/node/pve-cli.ts dist/
RUN rmdir /usr/local/sbin && ln -s /opt/lab/bin /usr/local/sbin \
 && ln -sf /opt/lab/bin/systemctl /usr/bin/systemctl
COPY lab/scenarios lab/scenarios
COPY lab/model/profiles dist/profiles
ENTRYPOINT ["node"]
CMD ["dist/lab-cluster.mjs"]
