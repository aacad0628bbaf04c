/** sshd of a node: what its settings say, holds. Each check leaves pve1 as it was. */
import type { Check, World } from "./world.ts";

const FILE = "/etc/ssh/sshd_config.d/99-reality.conf";

/** Settings in force while `during` looks, then gone again; root stays in by a connection of its own. */
async function withSettings(world: World, lines: string, during: () => Promise<boolean>): Promise<boolean> {
  const set = await world.root("pve1", `cat > ${FILE} <<'END'\n${lines}\nEND\nsystemctl reload ssh`);
  const held = set.exitCode === 0 && (await during());
  await world.lab.exec("pve1", ["true"]);
  const back = await viaNeighbour(world, `rm -f ${FILE} && systemctl restart ssh`);
  return held && back;
}

/** Where the settings keep the key out, the node's own timer has to bring it back. */
async function viaNeighbour(world: World, script: string): Promise<boolean> {
  if ((await world.root("pve1", script)).exitCode === 0) return true;
  const port = (await world.root("pve2", `ssh -o BatchMode=yes pve1 '${script}'`)).exitCode === 0;
  return port || (await world.root("pve1", "true")).exitCode === 0;
}

const isIn = async (login: Promise<{ exitCode: number | null }>) => (await login).exitCode === 0;

export const LOGIN_CHECKS: readonly Check[] = [
  {
    name: "a key that is not authorised is refused, one that is gets in",
    holds: async ({ root, login }) => {
      await root(
        "pve1",
        "mv /root/.ssh/authorized_keys /root/.ssh/kept; systemd-run --on-active=60 mv /root/.ssh/kept /root/.ssh/authorized_keys",
      );
      return !(await isIn(login("pve1", {})));
    },
  },
  {
    name: "the node's own timer heals that lockout",
    holds: async ({ lab, login }) => {
      await lab.advance(61_000);
      return isIn(login("pve1", {}));
    },
  },
  {
    name: "a cipher that sshd_config leaves out is refused, one that it names is taken",
    holds: (world) =>
      withSettings(world, "Ciphers aes256-gcm@openssh.com", async () => {
        const [other, named] = ["aes128-ctr", "aes256-gcm@openssh.com"].map((cipher) =>
          world.login("pve1", { options: ["-c", cipher] }),
        );
        return !(await isIn(other ?? fail())) && (await isIn(named ?? fail()));
      }),
  },
  {
    name: "a MAC that sshd_config leaves out is refused",
    holds: (world) =>
      withSettings(world, "MACs hmac-sha2-512-etm@openssh.com", async () => {
        const options = (mac: string) => ["-c", "aes128-ctr", "-m", mac];
        const bad = await isIn(world.login("pve1", { options: options("hmac-sha2-256") }));
        return (
          !bad && (await isIn(world.login("pve1", { options: options("hmac-sha2-512-etm@openssh.com") })))
        );
      }),
  },
  {
    name: "a key exchange that sshd_config leaves out is refused",
    holds: (world) =>
      withSettings(world, "KexAlgorithms curve25519-sha256", async () => {
        const bad = await isIn(world.login("pve1", { options: ["-o", "KexAlgorithms=ecdh-sha2-nistp256"] }));
        return (
          !bad && (await isIn(world.login("pve1", { options: ["-o", "KexAlgorithms=curve25519-sha256"] })))
        );
      }),
  },
  {
    name: "AllowUsers lets in whom it names and nobody else",
    holds: (world) =>
      withSettings(world, "AllowUsers root", async () => {
        const ops = await isIn(world.login("pve1", { user: "ops" }));
        return !ops && (await isIn(world.login("pve1", {})));
      }),
  },
  {
    name: "without AllowUsers the same user gets in",
    holds: async ({ login }) => (await login("pve1", { user: "ops", command: "id -un" })).stdout === "ops\n",
  },
  {
    name: "DenyGroups keeps a group out",
    holds: (world) =>
      withSettings(world, "DenyGroups ops", async () => !(await isIn(world.login("pve1", { user: "ops" })))),
  },
  {
    name: "ForceCommand runs in place of what was asked",
    holds: (world) =>
      withSettings(world, "Match User ops\n  ForceCommand echo forced", async () => {
        const { stdout } = await world.login("pve1", { user: "ops", command: "echo asked" });
        return stdout === "forced\n";
      }),
  },
  {
    name: "Match Address holds for whom it names alone",
    holds: (world) =>
      withSettings(
        world,
        "Match Address 192.168.10.202\n  PubkeyAuthentication no\n  PasswordAuthentication no",
        async () => {
          const neighbour = (await world.root("pve2", "ssh -o BatchMode=yes pve1 true")).exitCode === 0;
          return !neighbour && (await isIn(world.login("pve1", {})));
        },
      ),
  },
  {
    name: "PermitRootLogin no locks root out, and a timer that was set before brings it back",
    holds: async ({ root, login, lab }) => {
      await root(
        "pve1",
        `echo 'PermitRootLogin no' > ${FILE}; systemd-run --on-active=120 sh -c 'rm ${FILE}; systemctl reload ssh'; systemctl reload ssh`,
      );
      const out = !(await isIn(login("pve1", {})));
      await lab.advance(121_000);
      return out && (await isIn(login("pve1", {})));
    },
  },
  {
    name: "PasswordAuthentication no refuses the password that was taken before",
    holds: async (world) => {
      const ops = { user: "ops", password: "Correct-Horse-7" };
      const before = await world.passwordLogin("pve1", ops);
      const refused = await withSettings(
        world,
        "PasswordAuthentication no",
        async () => !(await world.passwordLogin("pve1", ops)),
      );
      return before && refused;
    },
  },
  {
    name: "a wrong password is refused",
    holds: async (world) => !(await world.passwordLogin("pve1", { user: "ops", password: "wrong" })),
  },
  {
    name: "settings that sshd does not understand stop the reload, and the old ones stay",
    holds: async ({ root, login }) => {
      const { exitCode } = await root(
        "pve1",
        `echo Nonsense > ${FILE}; systemctl reload ssh; code=$?; rm ${FILE}; exit $code`,
      );
      return exitCode === 1 && (await isIn(login("pve1", {})));
    },
  },
  {
    name: "Port moves sshd: the old port is refused, the new one answers",
    holds: async (world) => {
      await world.root("pve1", `echo 'Port 2222' > ${FILE}; systemctl restart ssh`);
      const moved =
        !(await world.connects("pve2", "pve1", 22)) && (await world.connects("pve2", "pve1", 2222));
      await world.root(
        "pve2",
        `ssh -p 2222 -o BatchMode=yes -o StrictHostKeyChecking=no pve1 'rm ${FILE}; systemctl restart ssh'`,
      );
      return moved && (await isIn(world.login("pve1", {})));
    },
  },
  {
    name: "sshd that is stopped refuses, and who is in can start it again",
    holds: async (world) => {
      const during = await world.root(
        "pve1",
        "systemctl stop ssh; ssh -o ConnectTimeout=2 -o BatchMode=yes localhost true; echo $?; systemctl start ssh",
      );
      return during.stdout.endsWith("255\n") && (await isIn(world.login("pve1", {})));
    },
  },
  {
    name: "nodes log in to each other by name",
    holds: async ({ root }) => (await root("pve1", "ssh -o BatchMode=yes pve2 hostname")).stdout === "pve2\n",
  },
  {
    name: "a host key that was changed is noticed by the neighbour",
    holds: async ({ root }) => {
      const key = "/etc/ssh/ssh_host_ed25519_key";
      await root(
        "pve2",
        `cp -a ${key} /root/key; rm ${key}; ssh-keygen -q -t ed25519 -N '' -f ${key}; systemctl restart ssh`,
      );
      const { exitCode, stderr } = await root(
        "pve1",
        "ssh -o BatchMode=yes -o HostKeyAlgorithms=ssh-ed25519 pve2 true",
      );
      await root("pve2", `mv /root/key ${key}; systemctl restart ssh`);
      return exitCode === 255 && stderr.includes("IDENTIFICATION HAS CHANGED");
    },
  },
];

function fail(): never {
  throw new Error("no login was tried");
}
