/**
 * What cloud-init does at a first boot, as scripts that run inside of the guest: who may log in and what lies where before its
 * sshd starts; packages and commands afterwards.
 */
import type { CloudConfig, CloudFile, CloudUser } from "./user-data.ts";

/** Of the image. */
export type CloudImage = { defaultUser: string; prettyName: string };

/** A word of a shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Does nothing when this instance, `id`, has been here already. */
export function earlyScript(config: CloudConfig, image: CloudImage, id: string): string {
  const users = usersOf(config, image);
  return [
    "umask 022",
    `[ "$(cat /var/lib/cloud/data/instance-id 2>/dev/null)" = ${quoted(id)} ] && exit 0`,
    "mkdir -p /var/lib/cloud/data /var/lib/cloud/instance/scripts /etc/ssh/sshd_config.d",
    "rm -f /etc/ssh/ssh_host_*",
    ...["ed25519", "ecdsa"].map((kind) => `ssh-keygen -q -t ${kind} -N '' -f /etc/ssh/ssh_host_${kind}_key`),
    ...config.bootcmd.map(commandLine),
    ...config.write_files.filter(({ defer }) => !defer).flatMap(writeFile),
    ...users.flatMap((user) => makeUser(user)),
    ...rootKeys(config, users),
    ...passwords(config, users),
    ...passwordLogin(config),
    ...(config.timezone ? [`timedatectl set-timezone ${quoted(config.timezone)}`] : []),
    `echo ${quoted(id)} >/var/lib/cloud/data/instance-id`,
    "touch /var/lib/cloud/data/first-boot",
  ].join("\n");
}

/** Ends with what is told of its end: `done`, or `error` when something has failed. */
export function finalScript(config: CloudConfig): string {
  const install = config.packages.map(quoted).join(" ");
  const isUpdate = config.packages.length > 0 || config.package_update || config.package_upgrade;
  return [
    "umask 022; mkdir -p /run/cloud-init; failed=0; export DEBIAN_FRONTEND=noninteractive HOME=/root",
    "if [ -e /var/lib/cloud/data/first-boot ]; then rm -f /var/lib/cloud/data/first-boot; {",
    ...(isUpdate ? ["apt-get update || failed=1"] : []),
    ...(config.package_upgrade ? ["apt-get -y upgrade || failed=1"] : []),
    ...(install ? [`apt-get -y install ${install} || failed=1`] : []),
    ...config.write_files.filter(({ defer }) => defer).flatMap(writeFile),
    ...config.runcmd.map((line) => `${commandLine(line)} || failed=1`),
    "} >>/var/log/cloud-init-output.log 2>&1",
    `echo ${quoted(config.final_message ?? `Cloud-init v. 25.1.4 finished. Datasource DataSourceNoCloud`)} >>/var/log/cloud-init-output.log; fi`,
    "if [ $failed = 0 ]; then echo done; else echo error; fi >/run/cloud-init/result",
    "tail -n 40 /var/log/cloud-init-output.log",
  ].join("\n");
}

function commandLine(line: string | string[]): string {
  return typeof line === "string" ? `( ${line}\n)` : line.map(quoted).join(" ");
}

function writeFile({ path, content, encoding = "", owner, permissions, append }: CloudFile): string[] {
  const isCoded = /b64|base64/.test(encoding);
  const text = isCoded ? content.replace(/\s/g, "") : Buffer.from(content).toString("base64");
  const unpack = /gz/.test(encoding) ? " | gzip -dc" : "";
  const place = quoted(path);
  return [
    `mkdir -p "$(dirname ${place})"`,
    `printf %s ${quoted(text)} | base64 -d${unpack} ${append ? ">>" : ">"}${place}`,
    `chmod ${permissions} ${place}; chown ${quoted(owner)} ${place}`,
  ];
}

/** `default` is the image's, by the name that `user` gives it; who has more to say of it says it there. */
function usersOf(config: CloudConfig, { defaultUser, prettyName }: CloudImage): CloudUser[] {
  const named = typeof config.user === "string" ? { name: config.user } : config.user;
  const standard: CloudUser = {
    name: defaultUser,
    gecos: prettyName.split(" ")[0] ?? "",
    groups: ["adm", "audio", "cdrom", "dialout", "dip", "floppy", "plugdev", "sudo", "video"],
    sudo: ["ALL=(ALL) NOPASSWD:ALL"],
    shell: "/bin/bash",
    lock_passwd: true,
    ...named,
    ssh_authorized_keys: [
      ...(named && "ssh_authorized_keys" in named ? (named as CloudUser).ssh_authorized_keys : []),
      ...config.ssh_authorized_keys,
    ],
  };
  return config.users.flatMap((user) => {
    if (typeof user !== "string") return [user];
    if (user === "default") return [standard];
    return [{ name: user, groups: [], sudo: [], ssh_authorized_keys: [], lock_passwd: true }];
  });
}

function makeUser(user: CloudUser): string[] {
  const { name, gecos = "", groups, shell = "/bin/sh", sudo } = user;
  const hash = user.passwd ?? user.hashed_passwd;
  return [
    ...(name === "root"
      ? []
      : [`id -u ${name} >/dev/null 2>&1 || useradd -m -U -s ${quoted(shell)} -c ${quoted(gecos)} ${name}`]),
    ...groups.map(
      (group) =>
        `getent group ${quoted(group)} >/dev/null || groupadd ${quoted(group)}; usermod -aG ${quoted(group)} ${name}`,
    ),
    ...sudo.map(
      (rule) =>
        `echo ${quoted(`${name} ${rule}`)} >>/etc/sudoers.d/90-cloud-init-users; chmod 440 /etc/sudoers.d/90-cloud-init-users`,
    ),
    ...authorize(name, user.ssh_authorized_keys),
    ...(hash === undefined ? [] : [`printf %s ${quoted(`${name}:${hash}`)} | chpasswd -e`]),
    ...(user.plain_text_passwd === undefined
      ? []
      : [`printf %s ${quoted(`${name}:${user.plain_text_passwd}`)} | chpasswd`]),
    ...(user.lock_passwd && name !== "root" ? [`passwd -l ${name} >/dev/null`] : []),
  ];
}

export function authorize(name: string, keys: readonly string[]): string[] {
  const lines = keys.map((key) => key.trim()).filter(Boolean);
  if (lines.length === 0) return [];
  const home = `"$(getent passwd ${name} | cut -d: -f6)"`;
  return [
    `mkdir -p -m 700 ${home}/.ssh`,
    `printf '%s\\n' ${lines.map(quoted).join(" ")} >>${home}/.ssh/authorized_keys`,
    `chmod 600 ${home}/.ssh/authorized_keys; chown -R ${name}: ${home}/.ssh`,
  ];
}

/** Root's are a hint at whom to log in as, unless root itself is meant. */
function rootKeys(
  { disable_root, ssh_authorized_keys }: CloudConfig,
  [first]: readonly CloudUser[],
): string[] {
  if (!disable_root) return first?.name === "root" ? [] : authorize("root", ssh_authorized_keys);
  if (first === undefined || first.name === "root") return [];
  const hint =
    'no-port-forwarding,no-agent-forwarding,no-X11-forwarding,command="echo \'Please login as the user \\"' +
    `${first.name}\\" rather than the user \\"root\\".';echo;sleep 10;exit 142" `;
  return authorize(
    "root",
    ssh_authorized_keys.map((key) => hint + key.trim()),
  );
}

function passwords({ password, chpasswd }: CloudConfig, [first]: readonly CloudUser[]): string[] {
  const own = password !== undefined && first ? [{ name: first.name, password, type: "text" }] : [];
  const listed = chpasswd.list.flatMap((line) => {
    const [name = "", ...rest] = line.trim().split(":");
    return rest.length > 0 ? [{ name, password: rest.join(":"), type: "text" }] : [];
  });
  return [...own, ...listed, ...chpasswd.users].flatMap(({ name, password: secret, type }) => {
    const isHash = type === "hash" || /^\$(?:[1256y]|2[aby])\$/.test(secret);
    return [
      `printf %s ${quoted(`${name}:${secret}`)} | chpasswd ${isHash ? "-e" : ""}`,
      ...(chpasswd.expire ? [`passwd --expire ${quoted(name)} >/dev/null`] : []),
    ];
  });
}

function passwordLogin({ ssh_pwauth }: CloudConfig): string[] {
  if (ssh_pwauth === undefined) return [];
  const line = `PasswordAuthentication ${ssh_pwauth ? "yes" : "no"}`;
  return [`echo ${quoted(line)} >/etc/ssh/sshd_config.d/50-cloud-init.conf`];
}
